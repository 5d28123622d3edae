import Bytes
import Testing
import Wire

@testable import Engine

@Suite struct LendingTests {
  @Test func `an exchange hands on what is asked of its loop`() throws {
    try withExchange(server: "") { exchange in
      let buffer = exchange.takeBuffer(100)
      #expect(buffer.isEmpty)
      #expect(buffer.capacity >= 100)
      buffer.append("x")
      exchange.giveBuffer(buffer)
      #expect(exchange.takeBuffer(100).isEmpty)
      #expect(exchange.withServingLoop { $0 === exchange.connection.servingLoop })
    }
  }

  @Test func `an exchange hands on what is asked of its head`() throws {
    try withExchange(server: "") { exchange in
      let output = ByteBuffer(capacity: 16)
      exchange.appendOfHead(exchange.request.methodName.range, to: output)
      #expect(output.allBytes == exchange.methodName)
      var count = 0
      exchange.withRequestFields { count = $0.count }
      #expect(count == exchange.request.fields.count)
    }
  }
}
