import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct HeadOpeningTests {
  /// The lines as the writer of heads has them.
  private func lines(_ exchange: Exchange) -> String {
    let output = ByteBuffer(capacity: 1)
    ResponseHeadWriter.write(exchange.response, of: exchange, to: output)
    return output.allBytes.string
  }

  @Test func `it tells the server as it was asked for, and the time of each second`() throws {
    for tokens in [ServerTokens.on, .off] {
      try withExchange(server: "server_tokens \(tokens.rawValue);") { exchange in
        let clock = exchange.connection.loop.clock
        exchange.response.status = 200
        for _ in 0..<2 {
          let server = "\(tokens.text)"
          let expected = "HTTP/1.1 200 OK\r\nServer: \(server)\r\nDate: \(clock.httpDate)\r\n"
          #expect(lines(exchange).hasPrefix(expected))
        }
        let before = clock.seconds
        while clock.seconds == before { clock.expire() }
        #expect(lines(exchange).contains("Date: \(clock.httpDate)\r\n"))
      }
    }
  }

  @Test func `it is written once for a second and a choice of tokens`() {
    let opening = HeadOpening(clock: WallClock())
    let output = ByteBuffer(capacity: 1)
    var count = 0
    for tokens in [ServerTokens.on, .on, .off, .off, .on] {
      opening.append(tokens, to: output) { text in
        count += 1
        text.append(ByteString("\(count)"))
      }
    }
    #expect(output.allBytes == "11223")
  }
}
