import CLinux
import Testing

@testable import Sockets

@Suite(.enabled(if: (try? SendRing()) != nil, "the system refuses io_uring")) struct SendRingTests {
  /// Two connected sockets that do not wait.
  private final class Pair {
    let near: CInt
    let far: CInt

    init(room: CInt? = nil) throws {
      var ends: [CInt] = [-1, -1]
      let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
      try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
      (near, far) = (ends[0], ends[1])
      if let room { _ = linux_set_option(near, SOL_SOCKET, SO_SNDBUF, room) }
    }

    deinit {
      close(near)
      close(far)
    }

    func arrived() -> String {
      var bytes = [UInt8](repeating: 0, count: 65_536)
      let count = bytes.withUnsafeMutableBytes { linux_receive(far, $0.baseAddress, $0.count) }
      return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
  }

  /// Makes some sends and returns what they came to.
  private func send(_ sends: [(CInt, StaticString)], with ring: SendRing) -> [Int] {
    for (descriptor, text) in sends {
      let bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
      ring.add(bytes, to: descriptor)
    }
    ring.send()
    return sends.indices.map(ring.result(of:))
  }

  @Test func `sends of several sockets are made in their order`() throws {
    let ring = try SendRing()
    let (one, other) = (try Pair(), try Pair())
    let results = send(
      [(one.near, "a "), (other.near, "beside"), (one.near, "then b")], with: ring)
    #expect(results == [2, 6, 6])
    #expect(one.arrived() == "a then b")
    #expect(other.arrived() == "beside")
  }

  @Test func `a send that fails fails alone`() throws {
    let ring = try SendRing()
    let (good, bad) = (try Pair(), try Pair())
    shutdown(bad.far, CInt(SHUT_RD))
    let results = send([(bad.near, "lost"), (-1, "nowhere"), (good.near, "there")], with: ring)
    #expect(results == [-Int(EPIPE), -Int(EBADF), 5])
    #expect(good.arrived() == "there")
  }

  @Test func `a socket without room does not make the others wait`() throws {
    let ring = try SendRing()
    let (full, good) = (try Pair(room: 4_096), try Pair())
    let page = [UInt8](repeating: 1, count: 4_096)
    while page.withUnsafeBytes({ linux_send(full.near, $0.baseAddress, $0.count) }) > 0 {}
    #expect(send([(full.near, "more"), (good.near, "there")], with: ring) == [-Int(EAGAIN), 5])
    #expect(good.arrived() == "there")
  }

  @Test func `a ring is used again and again, and for as many sends as it has room for`() throws {
    let ring = try SendRing()
    let pair = try Pair()
    for round in 1...200 {
      let count = round % SendRing.capacity + 1
      let sends = [(CInt, StaticString)](repeating: (pair.near, "xy"), count: count)
      #expect(send(sends, with: ring) == [Int](repeating: 2, count: count))
      #expect(pair.arrived().utf8.count == 2 * count)
    }
  }
}
