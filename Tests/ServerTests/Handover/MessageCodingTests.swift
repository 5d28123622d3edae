import Bytes
import Sockets
import Testing

@testable import Server

struct MessageCodingTests {
  @Test func `values come out as they went in`() throws {
    var writer = MessageWriter()
    writer.write(-1)
    writer.write(true)
    writer.write(ByteString("text"))
    writer.write(nil as Int?)
    writer.write(7 as Int?)
    writer.write(["a", "b"]) { $0.write($1) }
    var reader = MessageReader(ByteString(writer.bytes))
    #expect(try reader.number() == -1)
    #expect(try reader.flag())
    #expect(try reader.text() == "text")
    #expect(try reader.optionalNumber() == nil)
    #expect(try reader.optionalNumber() == 7)
    let list = try reader.list { (reader) throws(ProtocolError) in try reader.string() }
    #expect(list == ["a", "b"])
    try reader.finish()
  }

  @Test(arguments: [
    SocketAddress(host: .v4(0x7F00_0001), port: 80),
    SocketAddress(host: .v6(high: .max, low: 1, scope: 3), port: 65_535),
    SocketAddress(host: .unix("/run/socket"), port: 0),
  ])
  func `addresses come out as they went in`(address: SocketAddress) throws {
    var writer = MessageWriter()
    writer.write(address)
    var reader = MessageReader(ByteString(writer.bytes))
    #expect(try reader.address() == address)
  }

  @Test(arguments: [
    ([], "the message ends within a value"),
    ([1, 2, 3], "the message ends within a value"),
    // A text of 2⁶³ − 1 bytes, and one of a negative number of them.
    ([255, 255, 255, 255, 255, 255, 255, 127], "the message ends within a value"),
    ([255, 255, 255, 255, 255, 255, 255, 255], "the message ends within a value"),
    ([9, 0, 0, 0, 0, 0, 0, 0, 1], "the message ends within a value"),
  ])
  func `a text that is not whole is refused`(bytes: [UInt8], reason: String) {
    var reader = MessageReader(ByteString(bytes))
    let error = #expect(throws: ProtocolError.self) { try reader.text() }
    #expect(error?.reason == reason)
  }

  @Test func `what makes no sense is refused`() {
    var flag = MessageReader(ByteString([2]))
    #expect(throws: ProtocolError("a flag is neither 0 nor 1")) { try flag.flag() }
    var address = MessageReader(ByteString([5]))
    #expect(throws: ProtocolError("an address is of an unknown family")) {
      try address.address()
    }
    var list = MessageReader(ByteString([0, 0, 0, 0, 0, 0, 0, 1]))
    #expect(throws: ProtocolError("a number is out of its range")) {
      try list.list { (reader) throws(ProtocolError) in try reader.byte() }
    }
    let rest = MessageReader(ByteString([0]))
    #expect(throws: ProtocolError("the message goes on behind its end")) { try rest.finish() }
  }
}
