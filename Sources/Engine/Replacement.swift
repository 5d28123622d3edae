package import Sockets
import Wire

/// The exchange of the site that a loop serves, in the middle of its connections.
///
/// Requests and tunnels under way keep the site that they started with. A connection that is idle
/// uses the new one for its next request; one that is busy catches up when that request has come.
extension ServingLoop {
  /// Serves new requests from another site.
  ///
  /// - Returns: The number of the replacement, for ``cutOff(behind:openedUntil:)``.
  package func replaceSite(by site: Site) -> Int {
    replacementCount += 1
    let former = self.site
    self.site = site
    upstreamPools.closeAll(but: site.allUpstreams)
    for connection in currentConnections {
      connection.siteReplaced(former, number: replacementCount)
    }
    // A session keeps its site to its end.
    return replacementCount
  }

  /// Ends every connection that still runs on a site of before a replacement; its request notices
  /// that, is logged and ends.
  ///
  /// A client that has been connected since before and has not asked for anything is cut off too.
  ///
  /// - Parameter lastNumber: The last connection's number when the site was replaced.
  package func cutOff(behind replacement: Int, openedUntil lastNumber: Int) {
    for connection in currentConnections {
      if connection.isBehind(replacement) {
        connection.stream.cutOff()
      } else if connection.number <= lastNumber, connection.requestCount == 0 {
        connection.closeIfIdle()
      }
    }
    for session in currentSessions where session.number <= lastNumber { session.cutOff() }
  }
}

extension Site {
  /// What connections to an address belong to; nil where there is nothing any more.
  package func endpoint(for address: SocketAddress) -> (any Endpoint)? {
    let endpoints = endpoints
    if let exact = endpoints.first(where: { $0.address == address }) { return exact }
    guard !address.isUnix else { return nil }
    return endpoints.first { $0.address.isWildcard(for: address) }
  }

  /// The listen point in whose place a connection's former one was.
  func listenPoint(for stream: ByteStream, formerly point: ListenPoint) -> ListenPoint? {
    // A wildcard address takes the connections of others that the same port has now.
    let hasOthers = endpoints.contains { point.address.isWildcard(for: $0.address) }
    guard hasOthers, let address = stream.localAddress else {
      return endpoint(for: point.address) as? ListenPoint
    }
    return endpoint(for: address) as? ListenPoint
  }

  /// Every group of servers that the configuration names.
  var allUpstreams: [Upstream] { Array(upstreams.values) + Array(implicitUpstreams.values) }
}

extension SocketAddress {
  /// Whether the kernel hands connections to another address to this one, if nobody listens there.
  package func isWildcard(for other: SocketAddress) -> Bool {
    !other.isUnix && !other.isWildcard && isWildcard && family == other.family
      && port == other.port
  }
}

extension ClientConnection {
  /// Whether the connection is closed when its current request has been answered.
  var isLeaving: Bool { servingLoop.isDraining || isRetired }

  /// Whether the connection is closed now unless a request is under way.
  var mustLeave: Bool { isLeaving && !servingLoop.isInGrace }

  /// Whether what runs on the connection started before a replacement of the site.
  func isBehind(_ replacement: Int) -> Bool { behind != 0 && Int(behind) <= replacement }

  /// What a new request on the connection is served from.
  var site: Site { formerSite ?? servingLoop.site }

  /// Notes that the loop serves another site.
  fileprivate func siteReplaced(_ former: Site, number: Int) {
    guard behind == 0 else { return }
    behind = Int32(truncatingIfNeeded: number)
    if formerSite == nil { formerSite = former }
    if isWaitingForRequest { catchUp() }
  }

  /// Goes over to the site that the loop serves now.
  func catchUp() {
    behind = 0
    let site = servingLoop.site
    guard let point = site.listenPoint(for: stream, formerly: listener),
      point.options.isTLS == listener.options.isTLS
    else { return retire() }
    listener = point
    formerSite = nil
    guard namedServer != nil else { return }
    namedServer = nil
    guard let name = stream.tls?.serverName, let host = HostName(name) else { return }
    namedServer =
      point.servers.server(
        forHost: host.name, memory: servingLoop.matchMemory, exchange: nil
      ).object
  }

  /// Leaves an address that is configured no more, or differently.
  private func retire() {
    isRetired = true
    servingLoop.closeLeavingConnectionsSoon()
  }
}
