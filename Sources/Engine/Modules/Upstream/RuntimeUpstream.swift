import Bytes
import Sockets

/// Whom a request asks, found out for the request itself.
struct RuntimeUpstream {
  /// The group, or a group without servers that has the name of the host.
  let upstream: Upstream

  /// The host whose addresses are yet to be resolved; nil where none is.
  var host: UnresolvedHost?
}

/// A host that variables named, whose addresses a request resolves once it needs them.
struct UnresolvedHost: Sendable {
  let name: ByteString
  let port: UInt16

  /// Why a host has no addresses, as the error log says it.
  struct Problem: Error {
    let sentence: String
  }

  /// Looks the name up, and makes a group of its addresses.
  ///
  /// - Parameters:
  ///   - named: Who is asked; nil where the configuration names nobody.
  ///   - timeout: For how long.
  func resolve(
    with named: ResolverSettings?, within timeout: TimeSpan, on servingLoop: ServingLoop,
    _ waiter: Waiter
  ) async throws(Problem) -> Upstream {
    // nginx: the system's name servers are for names that the configuration itself spells out.
    guard let named, let resolver = servingLoop.resolver(for: named) else {
      throw Problem(sentence: "no resolver defined to resolve \(name)")
    }
    do throws(ResolveError) {
      let found = try await resolver.resolve(
        name, waiter: waiter, timeout: Milliseconds(timeout.milliseconds))
      return Upstream(
        name: name, addresses: found.map { SocketAddress(host: $0.host, port: port) })
    } catch {
      throw Problem(sentence: "\(name) could not be resolved \(error.reason)")
    }
  }
}

extension Exchange {
  /// Finds the group of servers that a directive with variables names.
  ///
  /// - Throws: 500 for a text that names none.
  func upstream(
    forAuthority text: ByteString, defaultPort: UInt16
  ) throws(Failure) -> RuntimeUpstream {
    let parsed: UpstreamAddress
    do throws(UpstreamAddress.Problem) {
      parsed = try UpstreamAddress(text, defaultPort: defaultPort)
    } catch {
      logError(.error, "\(error.message) in upstream \"\(text)\"")
      throw .status(500)
    }
    if parsed.address == nil, let upstream = declaredUpstream(parsed, defaultPort) {
      return RuntimeUpstream(upstream: upstream)
    }
    guard parsed.port ?? defaultPort > 0 || parsed.address?.isUnix ?? false else {
      logError(.error, "no port in upstream \"\(text)\"")
      throw .status(500)
    }
    if let address = parsed.address {
      return RuntimeUpstream(upstream: Upstream(name: text, addresses: [address]))
    }
    return RuntimeUpstream(
      upstream: Upstream(name: parsed.host, addresses: []),
      host: UnresolvedHost(name: parsed.host, port: parsed.port ?? defaultPort))
  }

  /// The group that an `upstream` block or another directive has declared: the latter's is that of
  /// a host and a port, and has the addresses of the start.
  private func declaredUpstream(_ parsed: UpstreamAddress, _ defaultPort: UInt16) -> Upstream? {
    let host = parsed.host.lowercased
    if parsed.port == nil, let upstream = site.upstreams[host] { return upstream }
    return site.implicitUpstreams[
      ImplicitUpstream(host: host, port: parsed.port ?? defaultPort)]
  }

  /// Resolves a host, and makes a group of its addresses.
  ///
  /// - Throws: 502 where that fails; the reason is logged.
  func resolve(_ host: UnresolvedHost) async throws(Failure) -> Upstream {
    let core = settings.core
    do throws(UnresolvedHost.Problem) {
      return try await host.resolve(
        with: core.resolver, within: core.resolverTimeout, on: connection.servingLoop, waiter)
    } catch {
      logError(.error, error.sentence)
      throw .status(502)
    }
  }
}
