import Bytes
import CLinux
import Sockets
import Synchronization
import Testing

@testable import Engine

@Suite struct UpstreamPoolsTests {
  private static func upstream(maximumIdle: Int = 2, isLocal: Bool = false) -> Upstream {
    let servers = [8001, 8002].map { port in
      UpstreamServerAddresses(
        server: UpstreamServer(text: "x"), addresses: [.loopback(port: port)])
    }
    return Upstream(
      name: "u", servers: servers,
      keepalive: KeepaliveSettings(maximumIdle: maximumIdle, isLocal: isLocal))
  }

  /// A connection, and the stream of the peer at its other end.
  private static func connection(
    _ loop: EventLoop, _ peer: Peer, owner: ObjectIdentifier? = nil
  ) throws -> (UpstreamConnection, ByteStream) {
    var pair: [CInt] = [0, 0]
    try #require(linux_stream_pair(&pair) == 0)
    let ours = ByteStream(try Socket(adopting: pair[0], on: loop))
    let theirs = ByteStream(try Socket(adopting: pair[1], on: loop))
    return (UpstreamConnection(stream: ours, peer: peer, owner: owner), theirs)
  }

  @Test func `the connection used last is taken first`() throws {
    try onLoop { loop in
      let (pools, upstream) = (UpstreamPools(), Self.upstream())
      let peer = upstream.peers[0]
      let (first, keepFirst) = try Self.connection(loop, peer)
      let (second, keep) = try Self.connection(loop, peer)
      pools.give(first, to: upstream)
      pools.give(second, to: upstream)
      #expect(pools.take(upstream.peers[1], of: upstream) == nil)
      #expect(pools.take(peer, of: upstream) === second)
      #expect(second.requestCount == 2)
      #expect(pools.take(peer, of: upstream) === first)
      #expect(pools.take(peer, of: upstream) == nil)
      withExtendedLifetime((keepFirst, keep)) {}
    }
  }

  @Test func `the connection that waited longest makes room`() throws {
    try onLoop { loop in
      let (pools, upstream) = (UpstreamPools(), Self.upstream(maximumIdle: 1))
      let peer = upstream.peers[0]
      let (first, keepFirst) = try Self.connection(loop, peer)
      let (second, keepSecond) = try Self.connection(loop, peer)
      pools.give(first, to: upstream)
      pools.give(second, to: upstream)
      #expect(first.stream.isClosed)
      #expect(pools.take(peer, of: upstream) === second)
      withExtendedLifetime((keepFirst, keepSecond)) {}
    }
  }

  @Test func `a connection that the peer closes leaves the pool`() throws {
    try onLoop { loop in
      let (pools, upstream) = (UpstreamPools(), Self.upstream())
      let (connection, other) = try Self.connection(loop, upstream.peers[0])
      pools.give(connection, to: upstream)
      other.close()
      let waiter = Waiter(on: loop)
      while !connection.stream.isClosed, loop.now < connection.openedAt + 2000 {
        _ = await waiter.wait(until: loop.deadline(after: 1))
      }
      #expect(connection.stream.isClosed)
      #expect(pools.take(upstream.peers[0], of: upstream) == nil)
    }
  }

  @Test func `local connections serve only their location`() throws {
    try onLoop { loop in
      let (pools, upstream) = (UpstreamPools(), Self.upstream(isLocal: true))
      let peer = upstream.peers[0]
      let (one, two) = (ConnectionOwner(), ConnectionOwner())
      let (connection, keep) = try Self.connection(loop, peer, owner: ObjectIdentifier(one))
      pools.give(connection, to: upstream)
      #expect(pools.take(peer, of: upstream, owner: ObjectIdentifier(two)) == nil)
      #expect(pools.take(peer, of: upstream, owner: ObjectIdentifier(one)) === connection)
      withExtendedLifetime(keep) {}
    }
  }

  @Test func `nothing is kept after closing`() throws {
    try onLoop { loop in
      let (pools, upstream) = (UpstreamPools(), Self.upstream())
      let (first, keepFirst) = try Self.connection(loop, upstream.peers[0])
      let (second, keepSecond) = try Self.connection(loop, upstream.peers[0])
      pools.give(first, to: upstream)
      pools.closeAll()
      pools.give(second, to: upstream)
      #expect(first.stream.isClosed)
      #expect(second.stream.isClosed)
      withExtendedLifetime((keepFirst, keepSecond)) {}
    }
  }
}
