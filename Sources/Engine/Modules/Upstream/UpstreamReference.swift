import Bytes
import Config
import Sockets

/// A group of servers that a directive names, which may be declared below the directive.
struct UpstreamReference: Sendable {
  /// The name of the block, or the host; in lower case.
  fileprivate let name: ByteString
  fileprivate let port: UInt16

  /// The group, once the whole configuration has been read: for ``LocationDraft/makeHandler``.
  func upstream(in load: Load) -> Upstream {
    load.upstreams[name]
      ?? load.implicitUpstreams[ImplicitUpstream(host: name, port: port)]
      ?? Upstream(name: name, addresses: [])
  }
}

/// What tells groups apart that no `upstream` block declares.
struct ImplicitUpstream: Hashable {
  let host: ByteString

  /// 0 for Unix sockets.
  let port: UInt16
}

extension Load {
  /// Notes that a directive passes requests to a group of servers or to a host.
  ///
  /// - Parameters:
  ///   - text: The name of an `upstream` block, `host`, `host:port` or `unix:path`.
  ///   - defaultPort: The port where the text has none, from the scheme.
  /// - Throws: Where the text is no address. That a name is unknown is reported later, as a
  ///   warning.
  func upstream(
    forAuthority text: ByteString, defaultPort: UInt16, at statement: Statement, word: Word?
  ) throws(Diagnostic) -> UpstreamReference {
    let parsed: UpstreamAddress
    do throws(UpstreamAddress.Problem) {
      parsed = try UpstreamAddress(text, defaultPort: defaultPort)
    } catch {
      throw .custom("\(error.message) in upstream \"\(text)\"", at: statement, word: word)
    }
    let isUnix = parsed.address?.isUnix ?? false
    let name = isUnix ? ByteString("unix:") + parsed.host : parsed.host.lowercased
    let reference = UpstreamReference(
      name: name, port: isUnix ? 0 : parsed.port ?? defaultPort)
    afterReading(statement) { () throws(Diagnostic) in
      try self.resolve(reference, parsed, at: statement, word)
    }
    return reference
  }

  private func resolve(
    _ reference: UpstreamReference, _ parsed: UpstreamAddress, at statement: Statement,
    _ word: Word?
  ) throws(Diagnostic) {
    // A group that could not be read is no host whose name is to be looked up.
    if upstreamDrafts[reference.name] != nil {
      guard let port = parsed.port else { return }
      throw .custom(
        "upstream \"\(parsed.host)\" may not have port \(port)", at: statement, word: word)
    }
    let key = ImplicitUpstream(host: reference.name, port: reference.port)
    guard implicitUpstreams[key] == nil else { return }
    guard reference.port > 0 || parsed.address?.isUnix ?? false else {
      return report(
        .custom("no port in upstream \"\(parsed.host)\"", at: statement, word: word),
        in: .upstreams)
    }
    let addresses =
      parsed.address.map { [$0] }
      ?? addresses(of: parsed.host, port: reference.port, at: statement, word)
    implicitUpstreams[key] = Upstream(
      name: parsed.host, addresses: addresses, port: reference.port,
      former: options.predecessor?.implicitUpstreams[key])
  }

  /// The addresses of a name; none, and a warning, where it has none now.
  func addresses(
    of host: ByteString, port: UInt16, at statement: Statement, _ word: Word?
  ) -> [SocketAddress] {
    let addresses = options.hosts.addresses(of: host)
    if !addresses.isEmpty { return addresses.map { SocketAddress(host: $0.host, port: port) } }
    report(
      .custom(
        "host not found in upstream \"\(host)\"", at: statement, word: word, severity: .warning
      ).suggesting(nearest(to: host, among: upstreamDrafts.keys))
        .noting("the name is looked up again while serving"))
    return []
  }
}
