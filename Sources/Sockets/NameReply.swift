import Bytes

/// What a name server answered to a ``NameQuestion``.
///
/// Whose name the records of the answer bear is not looked at, as nginx does not: the name servers
/// are those that the configuration trusts.
struct NameReply: Equatable {
  /// The addresses of the type that was asked for, each with port 0.
  var addresses: [SocketAddress] = []

  /// The name that the one asked for stands for in the end; nil where it is no alias.
  var alias: ByteString?

  /// The shortest time to live of all records that count; nil where there are none.
  var seconds: UInt32?

  init() {}

  /// - Throws: What the name server said, or ``ResolveError/formatError`` where its message makes
  ///   no sense.
  init(_ message: [UInt8], to type: NameQuestion.RecordType) throws(ResolveError) {
    var reader = NameMessageReader(message)
    let header = Array(try reader.bytes(NameQuestion.headerLength))
    guard header[2] & 0x80 != 0 else { throw .formatError }
    if let error = ResolveError(code: header[3] & 0x0F) { throw error }
    for _ in 0..<(Int(header[4]) << 8 | Int(header[5])) {
      _ = try reader.name()
      _ = try reader.bytes(4)
    }
    for _ in 0..<(Int(header[6]) << 8 | Int(header[7])) { try addRecord(from: &reader, type) }
  }

  private mutating func addRecord(
    from reader: inout NameMessageReader, _ wanted: NameQuestion.RecordType
  ) throws(ResolveError) {
    _ = try reader.name()
    let (code, recordClass) = (try reader.number(), try reader.number())
    let time = UInt32(try reader.number()) << 16 | UInt32(try reader.number())
    let length = Int(try reader.number())
    let type = NameQuestion.RecordType(rawValue: code)
    guard recordClass == NameQuestion.internet, type == wanted || type == .cname else {
      _ = try reader.bytes(length)
      return
    }
    if type == .cname {
      let end = reader.position + length
      alias = try reader.name()
      guard reader.position == end else { throw .formatError }
    } else {
      addresses.append(try NameReply.address(try reader.bytes(length), wanted))
    }
    // RFC 2181, section 8: a time with its highest bit set is none.
    seconds = min(seconds ?? .max, time >> 31 == 0 ? time : 0)
  }

  private static func address(
    _ octets: ArraySlice<UInt8>, _ type: NameQuestion.RecordType
  ) throws(ResolveError) -> SocketAddress {
    guard octets.count == (type == .a ? 4 : 16) else { throw .formatError }
    func number(_ octets: ArraySlice<UInt8>) -> UInt64 { octets.reduce(0) { $0 << 8 | UInt64($1) } }
    if type == .a { return SocketAddress(host: .v4(UInt32(number(octets))), port: 0) }
    let (high, low) = (number(octets.prefix(8)), number(octets.suffix(8)))
    return SocketAddress(host: .v6(high: high, low: low, scope: 0), port: 0)
  }
}

extension ResolveError {
  /// What a name server's response code says (RFC 1035, section 4.1.1); nil for success.
  fileprivate init?(code: UInt8) {
    switch code {
    case 0: return nil
    case 1: self = .formatError
    case 3: self = .notFound
    case 4: self = .notImplemented
    case 5: self = .refused
    default: self = .serverFailure
    }
  }
}

/// Reads a message of a name server from front to back.
struct NameMessageReader {
  /// The most bytes of a name that is read.
  ///
  /// Twice what RFC 1035 allows, as nginx follows longer names than those.
  private static let maximumNameLength = 512

  private let message: [UInt8]
  private(set) var position = 0

  init(_ message: [UInt8]) { self.message = message }

  /// The next bytes, so many of them.
  mutating func bytes(_ count: Int) throws(ResolveError) -> ArraySlice<UInt8> {
    guard message.count - position >= count else { throw .formatError }
    defer { position += count }
    return message[position..<position + count]
  }

  /// The next two bytes as a number.
  mutating func number() throws(ResolveError) -> UInt16 {
    let bytes = try bytes(2)
    return bytes.reduce(0) { $0 << 8 | UInt16($1) }
  }

  /// The next name in lower case, its labels joined by dots; an empty one for the root.
  ///
  /// Pointers lead backwards only (RFC 1035, section 4.1.4). Where labels lead to the same pointer
  /// again, the limit of the name's length is the end.
  mutating func name() throws(ResolveError) -> ByteString {
    var name = ByteString()
    var (place, end): (Int, Int?) = (position, nil)
    while true {
      guard place < message.count else { throw .formatError }
      let length = Int(message[place])
      switch length {
      case 0:
        position = end ?? place + 1
        return name
      case 1...63:
        guard message.count - place > length else { throw .formatError }
        try NameMessageReader.append(message[place + 1...place + length], to: &name)
        place += 1 + length
      case 0xC0...:
        guard place + 1 < message.count else { throw .formatError }
        let target = (length & 0x3F) << 8 | Int(message[place + 1])
        guard target < place else { throw .formatError }
        end = end ?? place + 2
        place = target
      default: throw .formatError
      }
    }
  }

  /// Adds a label; none with a dot or a control character, which would make it another name.
  private static func append(
    _ label: ArraySlice<UInt8>, to name: inout ByteString
  ) throws(ResolveError) {
    let isPlain = label.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ".") }
    guard isPlain, name.count + label.count < maximumNameLength else { throw .formatError }
    if !name.isEmpty { name.append(UInt8(ascii: ".")) }
    for byte in label { name.append(ASCII.lowercase(byte)) }
  }
}
