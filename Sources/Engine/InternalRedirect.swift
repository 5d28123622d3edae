package import Bytes

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
