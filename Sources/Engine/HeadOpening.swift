import Bytes
import Sockets

/// The lines that most response heads begin with: the status line of 200, `Server` and `Date`.
///
/// They are made once in a second. Confined to one loop.
final class HeadOpening {
  private let clock: WallClock
  private let text = ByteBuffer(capacity: 128)
  private var second: UInt64 = .max
  private var tokens = ServerTokens.on

  init(clock: WallClock) { self.clock = clock }

  /// Appends the lines.
  func append(_ tokens: ServerTokens, to output: ByteBuffer) {
    let second = clock.seconds
    if second != self.second || !(tokens == self.tokens) { make(tokens, in: second) }
    output.append(text, in: 0..<text.count)
  }

  @inline(never)
  private func make(_ tokens: ServerTokens, in second: UInt64) {
    (self.tokens, self.second) = (tokens, second)
    text.clear()
    text.append("HTTP/1.1 200 OK\r\nServer: ")
    text.append(tokens.text)
    text.append("\r\nDate: ")
    clock.appendHTTPDate(to: text)
    text.append("\r\n")
  }
}
