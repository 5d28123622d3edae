import Foundation
import Glibc
import Synchronization

/// Hands out loopback ports that nobody listens on, each once in this process.
///
/// They lie below the kernel's ephemeral range, so no outgoing connection takes one meanwhile.
enum FreePorts {
  private static let next = Mutex(12_000 + Int(getpid()) % 1_000 * 15)

  static func take() throws -> Int {
    try next.withLock { candidate in
      for _ in 0..<20_000 {
        candidate = candidate >= 31_999 ? 12_000 : candidate + 1
        // A program that is being started holds what was open when it was, for a moment.
        let isFree = startingPrograms.withLock { (try? RawSocket.listen(on: candidate)) != nil }
        if isFree { return candidate }
      }
      throw HarnessError("no free port")
    }
  }

  /// Makes sure that nobody listens on a port that a test cannot choose.
  ///
  /// - Throws: With the port's number, when it is taken.
  static func check(_ port: Int) throws {
    do {
      _ = try RawSocket.listen(on: port)
    } catch {
      throw HarnessError("this test needs port \(port), which is not free: \(error)")
    }
  }
}
