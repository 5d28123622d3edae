import Bytes
import CLinux
import Sockets

/// One end of the Unix socket between two processes of the program.
///
/// Messages are framed by their heads; a message that does not make sense ends the use of the
/// channel. Confined to one thread.
final class Channel {
  /// What an attempt to receive finds.
  enum Reception {
    case message(Message)
    /// A message for whose descriptors this process has no room; it has none of them.
    case bereft(Message)
    /// Nothing more for now.
    case wouldBlock
    /// The other end is closed.
    case end
  }

  /// What is taken from the other end; whatever is more ends the use of the channel.
  struct Limits {
    let descriptors: Int
    let payload: Int

    /// Whether the other end is obeyed: descriptors that are lost found no room here, then.
    var trustsSender = false

    /// What processes take that obey the other end.
    static let ofOrders = Limits(
      descriptors: Message.maximumDescriptors, payload: Message.maximumPayload, trustsSender: true)

    /// What comes of a configuration: the bundle, and what there is to say.
    static let ofChecks = Limits(descriptors: 1, payload: Message.maximumPayload)

    /// The short answers of a worker, which faces the network.
    static let ofReports = Limits(descriptors: 0, payload: 65_536)

    /// A question without words.
    static let ofQuestions = Limits(descriptors: 0, payload: 0)
  }

  /// How long the other end may take no byte, in seconds, before sending fails.
  private static let patience: CInt = 5

  /// A part of a message that one call sends or receives.
  private static let partSize = 65_536

  let descriptor: Descriptor

  private let limits: Limits
  private var head: MessageHead?
  private var bytes: [UInt8] = []
  private var descriptors: [Descriptor] = []

  /// Whether descriptors of the message that is being read found no room.
  private var hasLostDescriptors = false

  /// - Parameter descriptor: A Unix stream socket that blocks.
  init(_ descriptor: Descriptor, accepting limits: Limits = .ofOrders) {
    self.descriptor = descriptor
    self.limits = limits
    _ = linux_limit_transfer(descriptor.number, Channel.patience)
  }

  /// Two ends; both are closed on exec.
  ///
  /// - Parameter limits: What the first end takes.
  static func pair(accepting limits: Limits = .ofOrders) throws(SystemError) -> (Channel, Channel) {
    var pair: [CInt] = [0, 0]
    try SystemError.check("socketpair", linux_control_pair(&pair))
    return (
      Channel(Descriptor(adopting: pair[0]), accepting: limits),
      Channel(Descriptor(adopting: pair[1]))
    )
  }

  // MARK: - Sending

  /// Sends a message whole.
  ///
  /// - Throws: `EAGAIN` where the other end does not take it in time, `EPIPE` where it is gone.
  func send(_ message: Message) throws(SystemError) {
    let bytes = MessageHead(of: message).bytes + message.payload.bytes
    let most = Int(LINUX_MAXIMUM_DESCRIPTORS)
    var rest = message.descriptors.map(\.number)[...]
    precondition(rest.count <= bytes.count * most, "descriptors need bytes to go with")
    var start = 0
    while start < bytes.count {
      let some = Array(rest.prefix(most))
      rest = rest.dropFirst(some.count)
      // A byte is kept for each part of the descriptors that is still to come.
      let partsToCome = (rest.count + most - 1) / most
      let end = max(start + 1, min(bytes.count - partsToCome, start + Channel.partSize))
      start += try send(bytes[start..<end], some)
    }
  }

  private func send(_ bytes: ArraySlice<UInt8>, _ descriptors: [CInt]) throws(SystemError) -> Int {
    while true {
      let count = bytes.withUnsafeBytes {
        linux_send_descriptors(
          descriptor.number, $0.baseAddress, $0.count, descriptors, descriptors.count)
      }
      if count > 0 { return count }
      guard linux_errno() == EINTR else {
        throw SystemError(call: "sendmsg", code: linux_errno())
      }
    }
  }

  // MARK: - Receiving

  /// Waits for the next message; nil at the end.
  func receive() throws(ChannelError) -> Message? {
    while true {
      switch try attempt(waits: true) {
      case .message(let message): return message
      case .bereft: throw .failed(SystemError(call: "recvmsg", code: EMFILE))
      case .wouldBlock: continue
      case .end: return nil
      }
    }
  }

  /// Waits for the next message for so long, in milliseconds; nil at the end.
  ///
  /// - Throws: `ETIMEDOUT` where the time is up.
  func receive(within span: Milliseconds) throws(ChannelError) -> Message? {
    let end = linux_milliseconds(CLOCK_MONOTONIC) + span
    while true {
      switch try attempt(waits: false) {
      case .message(let message): return message
      case .bereft: throw .failed(SystemError(call: "recvmsg", code: EMFILE))
      case .wouldBlock: break
      case .end: return nil
      }
      let now = linux_milliseconds(CLOCK_MONOTONIC)
      guard now < end else { throw .failed(SystemError(call: "recvmsg", code: ETIMEDOUT)) }
      _ = linux_wait_for_reading(descriptor.number, CInt(clamping: end - now))
    }
  }

  /// Takes what is there.
  func receiveAvailable() throws(ChannelError) -> Reception { try attempt(waits: false) }

  private func attempt(waits: Bool) throws(ChannelError) -> Reception {
    do throws(ChannelError) {
      return try nextReception(waits)
    } catch {
      // Nobody will ask for what came so far.
      descriptors = []
      throw error
    }
  }

  private func nextReception(_ waits: Bool) throws(ChannelError) -> Reception {
    while true {
      let wanted = head?.payloadCount ?? MessageHead.byteCount
      if bytes.count == wanted {
        if let reception = try advance() { return reception }
        continue
      }
      switch try read(min(wanted - bytes.count, Channel.partSize), waits) {
      case .some(0):
        guard head == nil, bytes.isEmpty else {
          throw .malformed(ProtocolError("the end came within a message"))
        }
        return .end
      case .some: continue
      case nil: return .wouldBlock
      }
    }
  }

  /// Goes on from the head to the payload, or from the payload to the next message.
  private func advance() throws(ChannelError) -> Reception? {
    defer { bytes = [] }
    guard let head else {
      do throws(ProtocolError) {
        let head = try MessageHead(bytes)
        guard head.descriptorCount <= limits.descriptors else {
          throw ProtocolError("too many descriptors")
        }
        guard head.payloadCount <= limits.payload else { throw ProtocolError("too long a message") }
        self.head = head
      } catch {
        throw .malformed(error)
      }
      return nil
    }
    defer {
      self.head = nil
      descriptors = []
      hasLostDescriptors = false
    }
    let payload = ByteString(bytes)
    if hasLostDescriptors { return .bereft(Message(kind: head.kind, payload: payload)) }
    guard descriptors.count == head.descriptorCount else {
      throw .malformed(ProtocolError("not as many descriptors as announced"))
    }
    return .message(Message(kind: head.kind, payload: payload, descriptors: descriptors))
  }

  /// - Returns: How many bytes came, 0 at the end; nil where there are none now.
  private func read(_ count: Int, _ waits: Bool) throws(ChannelError) -> Int? {
    var numberCount = min(limits.descriptors - descriptors.count, Int(LINUX_MAXIMUM_DESCRIPTORS))
    var numbers = [CInt](repeating: -1, count: numberCount)
    var part = [UInt8](repeating: 0, count: count)
    var areLost: CInt = 0
    let received = linux_receive_descriptors(
      descriptor.number, &part, part.count, waits ? 1 : 0, &numbers, &numberCount, &areLost)
    if received < 0 {
      let code = linux_errno()
      if code == EINTR || code == EAGAIN { return nil }
      if code == ECONNRESET { return 0 }
      throw .failed(SystemError(call: "recvmsg", code: code))
    }
    if areLost != 0 {
      guard limits.trustsSender else { throw .malformed(ProtocolError("too many descriptors")) }
      hasLostDescriptors = true
    }
    descriptors += numbers.prefix(numberCount).map { Descriptor(adopting: $0) }
    bytes += part.prefix(received)
    return received
  }
}

/// Why a channel is of no use any more.
enum ChannelError: Error, Equatable, CustomStringConvertible {
  case malformed(ProtocolError)
  case failed(SystemError)

  var description: String {
    switch self {
    case .malformed(let error): "malformed message between processes: \(error.reason)"
    case .failed(let error): "\(error)"
    }
  }
}
