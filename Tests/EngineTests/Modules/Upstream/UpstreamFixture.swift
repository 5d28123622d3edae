import Bytes
import Sockets

@testable import Engine

extension UpstreamServer {
  /// A server at the port that ``Balancer/peers(_:)`` gives the place in its list.
  static func at(
    _ place: Int, weight: Int = 1, maxFails: Int = 1, maxConnections: Int = 0,
    isBackup: Bool = false, isDown: Bool = false
  ) -> UpstreamServer {
    var server = UpstreamServer(text: ByteString("127.0.0.1:\(8001 + place)"))
    server.weight = weight
    server.maxFails = maxFails
    server.maxConnections = maxConnections
    server.isBackup = isBackup
    server.isDown = isDown
    return server
  }
}

extension Balancer {
  /// Peers on ports from 8001 on, as `server` directives with these parameters would make them.
  static func peers(_ servers: [UpstreamServer]) -> [Peer] {
    servers.enumerated().map { index, server in
      Peer(server, address: .loopback(port: UInt16(8001 + index)), index: index)
    }
  }

  convenience init(_ servers: [UpstreamServer], method: BalancingMethod = .roundRobin) {
    self.init(peers: Balancer.peers(servers), method: method, seed: 1)
  }

  /// The search of one request.
  func search(
    client: SocketAddress = .loopback(port: 1), key: ByteString? = nil
  ) -> PeerSearch {
    PeerSearch(in: self, client: client, key: key)
  }

  /// The letters of the peers that requests get one after another, each ending before the next.
  func letters(
    of requests: Int, at now: Int = 1000, key: (Int) -> ByteString? = { _ in nil }
  ) -> String {
    (0..<requests).map { number in
      var search = search(key: key(number))
      guard let peer = search.next(at: now) else { return "-" }
      _ = search.finished(peer, failed: false, at: now)
      return letter(peer)
    }
    .joined()
  }

  private func letter(_ peer: Peer) -> String {
    String(UnicodeScalar(UInt8(ascii: "a") + UInt8(peer.index)))
  }
}
