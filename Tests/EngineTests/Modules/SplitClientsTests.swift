import Bytes
import Testing

@testable import Engine

@Suite struct SplitClientsTests {
  /// The values were computed with the reference implementation and a seed of zero.
  @Test(arguments: [("", 0), ("a", 2_456_313_694), ("test", 403_862_830)])
  func `the hash is MurmurHash2`(text: String, hash: UInt32) {
    #expect(MurmurHash.hash(of: ByteString(text)) == hash)
  }

  @Test func `shares divide the hashes`() throws {
    let http = """
      split_clients $arg_a $group { 50% first; 0.5% second; * rest; }
      server { return 200 $group; }
      """
    var groups: [String: Int] = [:]
    for number in 0..<60 {
      groups[outcome(try answer("GET /?a=\(number) HTTP/1.1\nHost: h", http: http)), default: 0] +=
        1
    }
    #expect(Set(groups.keys).isSubset(of: ["200 first", "200 second", "200 rest"]))
    #expect((15...45).contains(groups["200 first"] ?? 0))
  }

  @Test(arguments: [
    ("a b;", #"invalid percent value "a""#), ("0% b;", #"invalid percent value "0%""#),
    ("60% a; 50% b;", "percent total is greater than 100%"),
    ("60% a b;", "invalid number of the split_clients parameters"),
  ])
  func `a mistake is reported in nginx's words`(entries: String, message: String) {
    #expect(load(http: "split_clients $uri $g { \(entries) }").messages == [message])
  }
}
