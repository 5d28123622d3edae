import Bytes
import Config
import Sockets

/// A group of servers that a directive names, which may be declared below the directive.
struct UpstreamReference: Sendable {
  /// The name of the block, or the host; in lower case.
  fileprivate let name: ByteString
  fileprivate let port: UInt16

  /// The group, once the whole configuration has been read: for ``HandlerChoice``.
  func upstream(in load: Load) -> Upstream { upstream(in: load.upstreamGroups) }

  func upstream(in groups: UpstreamGroups) -> Upstream {
    groups.built[name] ?? groups.implicit[ImplicitUpstream(host: name, port: port)]
      ?? Upstream(name: name, addresses: [])
  }
}

/// What tells groups apart that no `upstream` block declares.
struct ImplicitUpstream: Hashable {
  let host: ByteString

  /// 0 for Unix sockets.
  let port: UInt16
}

/// The groups of servers of one world, `http` or `stream`, while it is being read.
final class UpstreamGroups {
  /// The `upstream` blocks by name, in lower case: those read so far, and those in good order.
  var drafts: [ByteString: UpstreamDraft] = [:]
  var built: [ByteString: Upstream] = [:]

  /// The groups that no `upstream` block declares.
  var implicit: [ImplicitUpstream: Upstream] = [:]

  /// Those of the configuration before.
  let former: [ByteString: Upstream]
  let formerImplicit: [ImplicitUpstream: Upstream]

  init(
    former: [ByteString: Upstream]?, _ formerImplicit: [ImplicitUpstream: Upstream]?
  ) {
    self.former = former ?? [:]
    self.formerImplicit = formerImplicit ?? [:]
  }
}

extension Level {
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
    let groups = upstreamGroups
    let isUnix = parsed.address?.isUnix ?? false
    let name = isUnix ? ByteString("unix:") + parsed.host : parsed.host.lowercased
    let reference = UpstreamReference(
      name: name, port: isUnix ? 0 : parsed.port ?? defaultPort)
    let load = load
    load.afterReading(statement) { () throws(Diagnostic) in
      try load.resolve(reference, parsed, in: groups, at: statement, word)
    }
    return reference
  }
}

extension Load {
  fileprivate func resolve(
    _ reference: UpstreamReference, _ parsed: UpstreamAddress, in groups: UpstreamGroups,
    at statement: Statement, _ word: Word?
  ) throws(Diagnostic) {
    // A group that could not be read is no host whose name is to be looked up.
    if groups.drafts[reference.name] != nil {
      guard let port = parsed.port else { return }
      throw .custom(
        "upstream \"\(parsed.host)\" may not have port \(port)", at: statement, word: word)
    }
    let key = ImplicitUpstream(host: reference.name, port: reference.port)
    guard groups.implicit[key] == nil else { return }
    guard reference.port > 0 || parsed.address?.isUnix ?? false else {
      return report(
        .custom("no port in upstream \"\(parsed.host)\"", at: statement, word: word),
        in: .upstreams, isInStream: groups === stream.upstreamGroups)
    }
    let addresses =
      parsed.address.map { [$0] }
      ?? addresses(of: parsed.host, port: reference.port, in: groups, at: statement, word)
    groups.implicit[key] = Upstream(
      name: parsed.host, addresses: addresses, port: reference.port,
      former: groups.formerImplicit[key])
  }

  /// The addresses of a name; none, and a warning, where it has none now.
  func addresses(
    of host: ByteString, port: UInt16, in groups: UpstreamGroups, at statement: Statement,
    _ word: Word?
  ) -> [SocketAddress] {
    let addresses = options.hosts.addresses(of: host)
    if !addresses.isEmpty { return addresses.map { SocketAddress(host: $0.host, port: port) } }
    report(
      .custom(
        "host not found in upstream \"\(host)\"", at: statement, word: word, severity: .warning
      ).suggesting(nearest(to: host, among: groups.drafts.keys))
        .noting("the name is looked up again while serving"))
    return []
  }
}
