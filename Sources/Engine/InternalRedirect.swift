package import Bytes
import Wire

extension Exchange {
  /// Goes on with another path, as if the client had asked for it.
  ///
  /// - Parameter query: nil keeps none.
  /// - Throws: 500 where a configuration redirects in a circle.
  package func redirect(
    to path: ByteString, query: ByteString?
  ) throws(Failure) -> HandlerOutcome {
    try countPathChange("internally redirecting to \"\(path)\"")
    redirectInternally(to: path, query: query)
    return .redirectedInternally
  }

  /// Goes on in a named location; the path stays.
  ///
  /// - Parameter name: With its `@`.
  /// - Throws: 500 where there is no such location, or where a configuration redirects in a circle.
  package func redirect(toNamed name: ByteString) throws(Failure) -> HandlerOutcome {
    try countPathChange("redirect to named location \"\(name)\"")
    guard let location = server.locations.named(name) else {
      logError(.error, "could not find named location \"\(name)\"")
      throw .status(500)
    }
    isInternal = true
    return .redirectedToLocation(location)
  }
}

extension ByteString {
  /// The decoded path and the query of a target that did not come from the client; nil where the
  /// path is empty or leads out of its folder.
  var decodedTarget: (path: ByteString, query: ByteString?)? {
    let (raw, query) = splitAtQuestionMark
    let path = PercentEncoding.decode(raw)
    return path.isEmpty || raw.leadsUp || path.leadsUp ? nil : (path, query)
  }

  /// Whether the path has a segment `..`, or a NUL: it may lead out of the folder it is meant for.
  var leadsUp: Bool { bytes.contains(0) || split(on: UInt8(ascii: "/")).contains("..") }
}
