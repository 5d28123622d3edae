import Bytes
import Testing

@testable import Engine

@Suite struct HashRingTests {
  private let keys = (0..<1000).map { ByteString("/item/\($0)") }

  private func servers(of ring: HashRing) -> [ByteString] {
    keys.map { ring.server(at: ring.index(of: CRC32.checksum($0))) }
  }

  @Test func `keys are spread over all servers`() {
    let ring = HashRing(Balancer.peers([.at(0), .at(1), .at(2)]))
    let counts = Dictionary(grouping: servers(of: ring), by: { $0 }).mapValues(\.count)
    #expect(counts.count == 3)
    #expect(counts.values.allSatisfy { $0 > 200 })
  }

  @Test func `a new server takes keys over, and the others keep theirs`() {
    let before = servers(of: HashRing(Balancer.peers([.at(0), .at(1), .at(2)])))
    let after = servers(of: HashRing(Balancer.peers([.at(0), .at(1), .at(2), .at(3)])))
    let moved = zip(before, after).filter { $0 != $1 }
    #expect((100...400).contains(moved.count))
    #expect(moved.allSatisfy { $0.1 == "127.0.0.1:8004" })
  }

  @Test func `weight multiplies the share`() {
    let ring = HashRing(Balancer.peers([.at(0, weight: 4), .at(1)]))
    let count = servers(of: ring).count { $0 == "127.0.0.1:8001" }
    #expect((700...900).contains(count))
  }

  @Test(arguments: [("", 0 as UInt32), ("123456789", 0xCBF4_3926)])
  func `checksums are those of gzip`(text: String, checksum: UInt32) {
    #expect(CRC32.checksum(ByteString(text)) == checksum)
  }
}
