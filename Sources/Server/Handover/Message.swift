import Bytes

/// What the processes of one program tell each other.
struct Message: Sendable {
  /// What a message is about; see the types that are named.
  enum Kind: UInt16 {
    /// To a worker: ``ServeOrder``, a configuration to serve from now on.
    case serve = 1
    /// To a worker: new descriptors for its logs; ``LogOrder``.
    case reopenLogs
    /// To a worker: the configuration that it has reported is in use, so it takes connections at
    /// the addresses of that and gives up the others; no payload.
    case settle
    /// To a worker: no more connections, and the end when the last is through; ``DrainOrder``.
    case drain
    /// To a worker: the end at once; no payload.
    case stop
    /// From a worker: a configuration is in use; ``ServeReport``.
    case serving
    /// To a checker: ``CheckOrder``.
    case check
    /// From a checker: ``CheckReport``.
    case checked
    /// To a supervisor, from `-s reload`; no payload.
    case reload
    /// From a supervisor, to `-s reload`: ``ReloadReport``.
    case reloaded
    /// To a worker: an order to serve is taken back, if it is not too late; ``WithdrawOrder``.
    case withdraw
  }

  /// The version of the protocol; both ends are of one program, so there is no other.
  static let version: UInt16 = 1

  /// The most bytes of a payload.
  static let maximumPayload = 16 << 20

  /// The most descriptors of a message.
  static let maximumDescriptors = 32_768

  let kind: Kind
  var payload = ByteString()
  var descriptors: [Descriptor] = []
}

/// The twelve bytes before each payload: version, kind, and how much comes.
struct MessageHead: Equatable {
  static let byteCount = 12

  let kind: Message.Kind
  let descriptorCount: Int
  let payloadCount: Int

  init(of message: Message) {
    kind = message.kind
    descriptorCount = message.descriptors.count
    payloadCount = message.payload.count
  }

  var bytes: [UInt8] {
    [(Int(Message.version), 2), (Int(kind.rawValue), 2), (descriptorCount, 4), (payloadCount, 4)]
      .flatMap { number, count in
        (0..<count).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
      }
  }

  /// - Parameter bytes: Exactly ``byteCount`` of them.
  init(_ bytes: [UInt8]) throws(ProtocolError) {
    func number(_ range: Range<Int>) -> Int {
      range.reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    }
    guard bytes.count == MessageHead.byteCount else { throw ProtocolError("no head") }
    guard number(0..<2) == Message.version else { throw ProtocolError("unknown version") }
    guard let kind = Message.Kind(rawValue: UInt16(number(2..<4))) else {
      throw ProtocolError("unknown kind of message")
    }
    self.kind = kind
    descriptorCount = number(4..<8)
    payloadCount = number(8..<12)
    guard descriptorCount <= Message.maximumDescriptors else {
      throw ProtocolError("too many descriptors")
    }
    guard payloadCount <= Message.maximumPayload else { throw ProtocolError("too long a message") }
  }
}
