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
  ///
  /// - Parameter write: Writes them, for the first response of a second.
  func append(_ tokens: ServerTokens, to output: ByteBuffer, write: (ByteBuffer) -> Void) {
    let second = clock.seconds
    if second != self.second || tokens != self.tokens {
      (self.tokens, self.second) = (tokens, second)
      text.clear()
      write(text)
    }
    output.append(text, in: 0..<text.count)
  }
}
