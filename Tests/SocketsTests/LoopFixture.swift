import Bytes
import CLinux
import Synchronization
import Testing

@testable import Sockets

/// Runs a body as a task of a new loop, on the calling thread, until the body is done.
func onLoop(_ body: @escaping @Sendable (EventLoop) async throws -> Void) throws {
  EventLoop.keepJobs()
  let loop = try EventLoop(index: 0)
  let problem = Mutex<(any Error)?>(nil)
  loop.submit {
    loop.spawn {
      do { try await body(loop) } catch { problem.withLock { $0 = error } }
      loop.stop()
    }
  }
  loop.run()
  if let problem = problem.withLock({ $0 }) { throw problem }
}

/// Two connected Unix stream sockets of a loop.
func socketPair(on loop: EventLoop) throws -> (ByteStream, ByteStream) {
  var pair: [CInt] = [0, 0]
  try SystemError.check("socketpair", linux_stream_pair(&pair))
  return (
    ByteStream(try Socket(adopting: pair[0], on: loop)),
    ByteStream(try Socket(adopting: pair[1], on: loop))
  )
}

/// A buffer with a text.
func buffer(_ text: String) -> ByteBuffer {
  let buffer = ByteBuffer(capacity: 16)
  buffer.append(ByteString(text))
  return buffer
}

/// Sends back what comes, until the end.
func echo(_ stream: ByteStream, _ loop: EventLoop) async throws {
  let waiter = Waiter(on: loop)
  stream.observer = waiter
  try await stream.handshake(waiter: waiter, timeout: 5_000)
  let bytes = ByteBuffer(capacity: 16_384)
  while try await stream.readSome(into: bytes, waiter: waiter, timeout: 5_000) > 0 {
    try await stream.writeAll(bytes, waiter: waiter, timeout: 5_000)
  }
  stream.close()
}

/// Sends a text and reads until as many bytes came back.
func exchange(_ text: String, _ stream: ByteStream, _ waiter: Waiter) async throws -> String {
  try await stream.writeAll(buffer(text), waiter: waiter, timeout: 5_000)
  let answer = ByteBuffer(capacity: 1_024)
  while answer.count < text.utf8.count {
    if try await stream.readSome(into: answer, waiter: waiter, timeout: 5_000) == 0 { break }
  }
  return answer.allBytes.string
}
