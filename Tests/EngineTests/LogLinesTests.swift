import Bytes
import CLinux
import Foundation
import Sockets
import Testing

@testable import Engine

@Suite struct LogLinesTests {
  /// What is in a log while lines are handed over, and what when the batch is over.
  private func log(_ lines: [ByteString]) throws -> (before: String, after: String) {
    let path = NSTemporaryDirectory() + "apus-log-\(UUID().uuidString)"
    defer { unlink(path) }
    let target = LogTarget(path: path)
    #expect(target.open() == 0)
    let loop = try EventLoop(index: 0)
    nonisolated(unsafe) let logLines = LogLines()
    nonisolated(unsafe) var before = ""
    loop.submit {
      for line in lines {
        let buffer = ByteBuffer(capacity: 64)
        buffer.append(line)
        logLines.append(buffer, to: target, on: loop)
      }
      before = (try? String(contentsOfFile: path, encoding: .utf8)) ?? "unreadable"
      loop.afterBatch { loop.stop() }
    }
    loop.run()
    return (before, try String(contentsOfFile: path, encoding: .utf8))
  }

  @Test func `lines are written when the batch of events is over`() throws {
    #expect(try log(["a\n", "b\n"]) == ("", "a\nb\n"))
  }

  @Test func `no more lines wait than are written in one piece`() throws {
    let line = ByteString([UInt8](repeating: 0x61, count: 2_000) + [0x0A])
    let text = line.string
    #expect(try log([line, line, line]) == (text + text, text + text + text))
  }

  @Test func `a line may be longer than what waits`() throws {
    let line = ByteString([UInt8](repeating: 0x61, count: 9_000) + [0x0A])
    #expect(try log(["a\n", line, "b\n"]) == ("a\n" + line.string, "a\n\(line)b\n"))
  }
}
