import Bytes
import Testing

@testable import Server

struct MessageTests {
  @Test func `a head comes out as it went in`() throws {
    let head = MessageHead(of: Message(kind: .checked, payload: "text"))
    #expect(try MessageHead(head.bytes) == head)
    #expect(head.payloadCount == 4)
  }

  @Test(arguments: [
    ([], "no head"),
    ([2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "unknown version"),
    ([1, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0], "unknown kind of message"),
    ([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "unknown kind of message"),
    ([1, 0, 1, 0, 1, 128, 0, 0, 0, 0, 0, 0], "too many descriptors"),
    ([1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1], "too long a message"),
  ])
  func `a malformed head is refused`(bytes: [UInt8], reason: String) {
    #expect(throws: ProtocolError(reason)) { try MessageHead(bytes) }
  }
}
