import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct PeerHashingTests {
  private let three: [UpstreamServer] = [.at(0), .at(1), .at(2)]

  @Test func `ip_hash looks at the first three bytes of an IPv4 address`() throws {
    let balancer = Balancer(three, method: .addressHash)
    let indexes = (0..<256 as Range<UInt32>).map { last in
      var search = balancer.search(
        client: SocketAddress(host: .v4(0x0A01_0200 | last), port: 1))
      return search.next(at: 1000)?.index
    }
    #expect(Set(indexes).count == 1)
  }

  @Test func `ip_hash spreads networks over all peers`() {
    let balancer = Balancer(three, method: .addressHash)
    let counts = (0..<300 as Range<UInt32>).reduce(into: [0, 0, 0]) { counts, network in
      var search = balancer.search(
        client: SocketAddress(host: .v4(0x0A00_0000 | network << 8), port: 1))
      if let peer = search.next(at: 1000) { counts[peer.index] += 1 }
    }
    #expect(counts.allSatisfy { $0 > 60 })
  }

  /// By hand from the documented function: 89, then times 113 plus the byte, modulo 6271.
  @Test(arguments: [
    (0x7F00_0001 as UInt32, ((89 * 113 + 127) % 6271 * 113 % 6271) * 113 % 6271 % 3),
    (0x0A01_0203 as UInt32, (((89 * 113 + 10) % 6271 * 113 + 1) % 6271 * 113 + 2) % 6271 % 3),
  ])
  func `ip_hash is nginx's function`(host: UInt32, index: Int) {
    var search = Balancer(three, method: .addressHash)
      .search(client: SocketAddress(host: .v4(host), port: 1))
    #expect(search.next(at: 1000)?.index == index)
  }

  @Test func `hash falls back to another peer where the first has failed`() {
    let balancer = Balancer(three, method: .keyHash)
    var search = balancer.search(key: "/picture")
    let tried = (0..<3).compactMap { _ -> Int? in
      guard let peer = search.next(at: 1000) else { return nil }
      _ = search.finished(peer, failed: true, at: 1000)
      return peer.index
    }
    #expect(tried.sorted() == [0, 1, 2])
  }

  @Test func `hash keeps a key on its peer`() {
    let balancer = Balancer(three, method: .keyHash)
    let letters = balancer.letters(of: 20) { _ in "/picture" }
    #expect(Set(letters).count == 1)
    let many = balancer.letters(of: 60) { ByteString("/\($0)") }
    #expect(Set(many).count == 3)
  }

  @Test func `an empty key takes turns`() {
    #expect(Balancer(three, method: .keyHash).letters(of: 3) { _ in "" } == "abc")
  }

  @Test func `random reaches every peer by its weight`() {
    let servers: [UpstreamServer] = [.at(0, weight: 3), .at(1)]
    let letters = Balancer(servers, method: .random).letters(of: 400)
    #expect((250...350).contains(letters.count { $0 == "a" }))
  }

  @Test func `random two prefers the less busy peer`() {
    let balancer = Balancer([.at(0), .at(1)], method: .randomTwo)
    var busy = balancer.search()
    let first = busy.next(at: 1000)
    var other = balancer.search()
    #expect(other.next(at: 1000)?.index != first?.index)
  }
}
