import Bytes
import Sockets
import Testing
import Wire

@testable import Engine

@Suite struct IdleMemoryTests {
  private struct Weak<Object: AnyObject> {
    weak var object: Object?
  }

  /// Takes so many lists of field lines and gives them back.
  ///
  /// - Returns: The lists, as long as they are kept.
  private func use(_ count: Int, _ memory: IdleMemory) -> [Weak<Fields>] {
    let fields = (0..<count).map { _ in memory.takeFields() }
    defer { for list in fields { memory.giveBack(list) } }
    return fields.map { Weak(object: $0) }
  }

  @Test func `what was in use at the same time is kept as long as it is needed`() throws {
    try onLoop { loop in
      let memory = IdleMemory(on: loop)
      let fields = use(1000, memory)
      func keptCount() -> Int { fields.count { $0.object != nil } }
      #expect(keptCount() == 1000)
      memory.releaseSurplus()
      #expect(keptCount() == 1000)
      _ = use(600, memory)
      memory.releaseSurplus()
      #expect(keptCount() == 664)
      memory.releaseSurplus()
      #expect(keptCount() == 64)
    }
  }

  @Test func `what few requests leave is never looked at`() throws {
    try onLoop { loop in
      let memory = IdleMemory(on: loop)
      _ = use(64, memory)
      #expect(loop.timers.delay(from: loop.now) == nil)
      _ = use(65, memory)
      #expect(loop.timers.delay(from: loop.now) != nil)
    }
  }

  @Test func `what is given back comes again, empty`() throws {
    try onLoop { loop in
      let memory = IdleMemory(on: loop)
      let response = memory.takeResponse()
      response.status = 404
      response.fields.append("X-Secret", "1")
      let identity = ObjectIdentifier(response)
      memory.giveBack(response)
      let next = memory.takeResponse()
      #expect(ObjectIdentifier(next) == identity)
      #expect(next.status == 200 && next.fields.count == 0 && next.lineByteCount == 0)
      memory.giveBack(path: "/some/path")
      #expect(memory.takePath() == "/some/path")
      #expect(memory.takePath().isEmpty)
    }
  }

  @Test func `a head takes the memory of the bytes that it begins with`() throws {
    try onLoop { loop in
      let memory = IdleMemory(on: loop)
      let bytes = ByteBuffer(capacity: 16_384)
      bytes.append("HTTP/1.1 200 OK\r\n")
      let fields = memory.takeFields(for: bytes)
      #expect(bytes.isEmpty && fields.buffer.allBytes == "HTTP/1.1 200 OK\r\n")
      let identity = ObjectIdentifier(fields)
      memory.giveBack(fields)
      #expect(ObjectIdentifier(memory.takeFields(for: ByteBuffer(capacity: 1))) == identity)
    }
  }
}
