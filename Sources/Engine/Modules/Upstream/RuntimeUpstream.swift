import Bytes
import Sockets

extension Exchange {
  /// Finds the group of servers that a directive with variables names.
  ///
  /// - Throws: 502 where a name cannot be resolved; the reason is logged.
  func upstream(
    forAuthority text: ByteString, defaultPort: UInt16
  ) async throws(Failure) -> Upstream {
    let parsed: UpstreamAddress
    do throws(UpstreamAddress.Problem) {
      parsed = try UpstreamAddress(text, defaultPort: defaultPort)
    } catch {
      logError(.error, "\(error.message) in upstream \"\(text)\"")
      throw .status(500)
    }
    if parsed.address == nil, let upstream = site.upstreams[parsed.host.lowercased] {
      return upstream
    }
    guard parsed.port ?? defaultPort > 0 || parsed.address?.isUnix ?? false else {
      logError(.error, "no port in upstream \"\(text)\"")
      throw .status(500)
    }
    if let address = parsed.address { return Upstream(name: text, addresses: [address]) }
    let addresses = try await addresses(of: parsed.host, port: parsed.port ?? defaultPort)
    return Upstream(name: parsed.host, addresses: addresses)
  }

  private func addresses(
    of host: ByteString, port: UInt16
  ) async throws(Failure) -> [SocketAddress] {
    let core = settings.core
    guard let resolver = connection.servingLoop.resolver(for: core.resolver) else {
      logError(.error, "no resolver defined to resolve \(host)")
      throw .status(502)
    }
    do throws(ResolveError) {
      let found = try await resolver.resolve(
        host, waiter: waiter, timeout: Milliseconds(core.resolverTimeout.milliseconds))
      return found.map { SocketAddress(host: $0.host, port: port) }
    } catch {
      logError(.error, "\(host) could not be resolved \(error.reason)")
      throw .status(502)
    }
  }
}
