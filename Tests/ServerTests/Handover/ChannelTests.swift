import Bytes
import CLinux
import Sockets
import Testing

@testable import Server

struct ChannelTests {
  private let near: Channel
  private let far: Channel

  init() throws { (near, far) = try Channel.pair() }

  private func send(raw bytes: [UInt8]) {
    #expect(write(near.descriptor.number, bytes, bytes.count) == bytes.count)
  }

  private func isMessage(_ reception: Channel.Reception) -> Bool {
    if case .message = reception { true } else { false }
  }

  @Test func `messages arrive one by one and whole`() throws {
    try near.send(Message(kind: .stop))
    try near.send(Message(kind: .check, payload: "text"))
    let first = try #require(try far.receive())
    #expect(first.kind == .stop)
    #expect(first.payload.isEmpty)
    #expect(try far.receive()?.payload == "text")
  }

  @Test func `whoever waits for a message waits for so long and no longer`() throws {
    #expect(throws: ChannelError.failed(SystemError(call: "recvmsg", code: ETIMEDOUT))) {
      try far.receive(within: 10)
    }
    try near.send(Message(kind: .check, payload: "text"))
    #expect(try far.receive(within: 0)?.payload == "text")
    let gone = try Channel.pair().0
    #expect(try gone.receive(within: 60_000) == nil)
  }

  @Test func `many descriptors go with a message`() throws {
    let (keep, _) = try Channel.pair()
    let copies = try (0..<600).map { _ in
      Descriptor(adopting: try #require(keep.descriptor.copy()))
    }
    let payload = ByteString([UInt8](repeating: 1, count: 100))
    try near.send(Message(kind: .serve, payload: payload, descriptors: copies))
    let received = try #require(try far.receive())
    #expect(received.descriptors.count == 600)
    #expect(received.payload == payload)
    let numbers = Set(received.descriptors.map(\.number))
    #expect(numbers.count == 600)
    #expect(numbers.allSatisfy { linux_descriptor_flags($0) == FD_CLOEXEC })
  }

  @Test func `a message whose descriptors find no room comes without them, and others follow`()
    throws
  {
    // As if this process could open one more file, and no second one.
    let limits = Channel.Limits(descriptors: 1, payload: 100, trustsSender: true)
    let (far, near) = try Channel.pair(accepting: limits)
    let message = Message(kind: .serve, payload: "order")
    var head = MessageHead(of: message).bytes
    let copies = [CInt](repeating: near.descriptor.number, count: 2)
    #expect(linux_send_descriptors(near.descriptor.number, head, head.count, copies, 2) == 12)
    head = Array("order".utf8)
    #expect(write(near.descriptor.number, head, head.count) == head.count)
    try near.send(Message(kind: .stop))
    guard case .bereft(let order) = try far.receiveAvailable() else {
      Issue.record("not bereft")
      return
    }
    #expect(order.kind == .serve && order.payload == "order" && order.descriptors.isEmpty)
    #expect(try far.receive()?.kind == .stop)
  }

  @Test func `a message that comes in pieces is put together`() throws {
    let bytes = MessageHead(of: Message(kind: .check, payload: "piece")).bytes + "piece".utf8
    for byte in bytes {
      #expect(!isMessage(try far.receiveAvailable()))
      send(raw: [byte])
    }
    #expect(isMessage(try far.receiveAvailable()))
  }

  @Test func `the end is told, but not within a message`() throws {
    let (near, far) = try Channel.pair()
    let head = MessageHead(of: Message(kind: .check, payload: "text")).bytes
    #expect(write(near.descriptor.number, head, head.count) == head.count)
    close(near.descriptor.release())
    #expect(throws: ChannelError.malformed(ProtocolError("the end came within a message"))) {
      try far.receive()
    }
    let (other, end) = try Channel.pair()
    close(other.descriptor.release())
    #expect(try end.receive()?.kind == nil)
  }

  @Test func `descriptors that were not announced are refused and closed`() throws {
    let head = MessageHead(of: Message(kind: .stop)).bytes
    let stray = [near.descriptor.number]
    #expect(linux_send_descriptors(near.descriptor.number, head, head.count, stray, 1) == 12)
    #expect(
      throws: ChannelError.malformed(ProtocolError("not as many descriptors as announced"))
    ) { try far.receive() }
  }

  @Test func `what a channel is not there for is refused before it is read`() throws {
    let (near, far) = try Channel.pair(accepting: .ofReports)
    try far.send(Message(ServeReport(generation: 1, failure: "a")))
    #expect(try near.receive()?.read(ServeReport.self).failure == "a")
    let long = ByteString([UInt8](repeating: 1, count: 65_537))
    try far.send(Message(kind: .serving, payload: long))
    #expect(throws: ChannelError.malformed(ProtocolError("too long a message"))) {
      try near.receive()
    }
    let (other, end) = try Channel.pair(accepting: .ofReports)
    let copy = Descriptor(adopting: try #require(end.descriptor.copy()))
    try end.send(Message(kind: .serving, payload: "", descriptors: [copy]))
    #expect(throws: ChannelError.malformed(ProtocolError("too many descriptors"))) {
      try other.receive()
    }
  }

  @Test func `descriptors that come with a longer message are counted as they come`() throws {
    let (near, far) = try Channel.pair(accepting: .ofChecks)
    let head = MessageHead(of: Message(kind: .checked, payload: "text")).bytes
    let copies = [far.descriptor.number, far.descriptor.number]
    #expect(linux_send_descriptors(far.descriptor.number, head, head.count, copies, 2) == 12)
    #expect(throws: ChannelError.malformed(ProtocolError("too many descriptors"))) {
      try near.receive()
    }
  }

  @Test(arguments: [(Channel.Limits.ofReports, 1), (.ofReports, 200), (.ofChecks, 2)])
  func `descriptors that are too many are closed at once`(
    limits: Channel.Limits, count: Int
  ) throws {
    let (near, far) = try Channel.pair(accepting: limits)
    var pipe: [CInt] = [0, 0]
    #expect(CLinux.pipe(&pipe) == 0)
    let reader = Descriptor(adopting: pipe[0])
    let head = MessageHead(of: Message(kind: .serving)).bytes
    let copies = [CInt](repeating: pipe[1], count: count)
    #expect(linux_send_descriptors(far.descriptor.number, head, head.count, copies, count) == 12)
    close(pipe[1])
    #expect(throws: ChannelError.malformed(ProtocolError("too many descriptors"))) {
      try near.receive()
    }
    // Nobody can write to the pipe any more, though the channel is still there.
    #expect(linux_wait_for_reading(reader.number, 0) == 1)
    withExtendedLifetime(near) {}
  }

  @Test func `noise is refused`() {
    send(raw: Array("GET / HTTP/1.1\r\n".utf8))
    #expect(throws: ChannelError.malformed(ProtocolError("unknown version"))) {
      try far.receive()
    }
  }
}
