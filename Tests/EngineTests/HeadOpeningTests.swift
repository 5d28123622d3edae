import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct HeadOpeningTests {
  @Test func `it tells the server as it was asked for, and the time of each second`() {
    let clock = WallClock()
    let opening = HeadOpening(clock: clock)
    func text(_ tokens: ServerTokens) -> String {
      let output = ByteBuffer(capacity: 1)
      opening.append(tokens, to: output)
      return output.allBytes.string
    }
    for tokens in [ServerTokens.on, .off, .off, .on] {
      let server = "\(tokens.text)"
      let expected = "HTTP/1.1 200 OK\r\nServer: \(server)\r\nDate: \(clock.httpDate)\r\n"
      #expect(text(tokens) == expected)
    }
    let before = clock.seconds
    while clock.seconds == before { clock.expire() }
    #expect(text(.on).contains("Date: \(clock.httpDate)\r\n"))
  }
}
