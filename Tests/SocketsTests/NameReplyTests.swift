import Bytes
import Testing

@testable import Sockets

@Suite struct NameReplyTests {
  /// A reply to a question about `a.b`, whose name is at offset 12.
  private func message(code: UInt8 = 0, _ records: [UInt8]...) -> [UInt8] {
    [0, 0, 0x81, 0x80 | code, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
      + [1, 0x61, 1, 0x62, 0, 0, 1, 0, 1] + records.flatMap { $0 }
  }

  private func record(type: UInt8, seconds: UInt8 = 60, _ data: [UInt8]) -> [UInt8] {
    [0xC0, 12, 0, type, 0, 1, 0, 0, 0, seconds, 0, UInt8(data.count)] + data
  }

  @Test func `addresses are those of the type that was asked for`() throws {
    let text = message(
      record(type: 1, [192, 0, 2, 7]), record(type: 1, seconds: 9, [192, 0, 2, 8]),
      record(type: 28, seconds: 1, [0x20, 1, 0xD, 0xB8] + Array(repeating: 0, count: 11) + [1]))
    let ipv4 = try NameReply(text, to: .a)
    #expect(ipv4.addresses.map(\.hostText) == ["192.0.2.7", "192.0.2.8"])
    #expect(ipv4.seconds == 9)
    #expect(ipv4.alias == nil)
    let ipv6 = try NameReply(text, to: .aaaa)
    #expect(ipv6.addresses.map(\.hostText) == ["2001:db8::1"])
    #expect(ipv6.seconds == 1)
  }

  @Test func `the last alias counts, and its time to live as well`() throws {
    let reply = try NameReply(
      message(
        record(type: 5, [1, 0x43, 0xC0, 14]), record(type: 5, seconds: 3, [1, 0x44, 0]),
        record(type: 39, [0])), to: .a)
    #expect(reply.alias == "d")
    #expect(reply.seconds == 3)
    #expect(try NameReply(message(record(type: 5, [1, 0x43, 0xC0, 14])), to: .a).alias == "c.b")
    #expect(try NameReply(message(record(type: 5, [0])), to: .a).alias == "")
  }

  @Test(
    arguments: [
      (1, .formatError), (2, .serverFailure), (3, .notFound), (4, .notImplemented), (5, .refused),
      (9, .serverFailure),
    ] as [(UInt8, ResolveError)])
  func `what the name server refuses is an error`(code: UInt8, error: ResolveError) {
    #expect(throws: error) {
      try NameReply(message(code: code, record(type: 1, [192, 0, 2, 7])), to: .a)
    }
  }

  @Test func `a message that makes no sense is an error`() {
    let broken: [[UInt8]] = [
      [], Array(message().prefix(11)), [0, 0, 1] + message().dropFirst(3),
      message(record(type: 1, [192, 0, 2])), message(record(type: 1, []).dropLast()),
      // A name that ends too early, a pointer forwards, one to itself, a reserved label, a label
      // with a dot, and labels that lead to the same pointer again.
      message(record(type: 5, [5, 0x61])), message(record(type: 5, [0xC0, 200])),
      message(record(type: 5, [0xC0, 33])), message(record(type: 5, [0x80, 0])),
      message(record(type: 5, [1, 0x2E, 0])), message(record(type: 5, [1, 0x61, 0xC0, 33])),
      message(record(type: 5, [0, 0])),
    ]
    for message in broken {
      #expect(throws: ResolveError.formatError, "\(message)") { try NameReply(message, to: .a) }
    }
  }
}
