import Bytes
import Sockets

/// Why what a peer says cannot be understood.
///
/// Nothing is guessed: the channel is of no use afterwards.
struct ProtocolError: Error, Equatable {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}

/// Writes the values of a message one behind the other; numbers have eight bytes, little end first.
struct MessageWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ number: Int) {
    let number = UInt64(bitPattern: Int64(number))
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
    }
  }

  mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

  mutating func write(_ text: ByteString) {
    write(text.count)
    bytes += text.bytes
  }

  mutating func write(_ text: String) { write(ByteString(text)) }

  mutating func write<Value>(
    _ value: Value?, _ body: (inout MessageWriter, Value) -> Void
  ) {
    write(value != nil)
    if let value { body(&self, value) }
  }

  mutating func write(_ number: Int?) { write(number) { $0.write($1) } }

  mutating func write<Element>(
    _ list: [Element], _ body: (inout MessageWriter, Element) -> Void
  ) {
    write(list.count)
    for element in list { body(&self, element) }
  }

  mutating func write(_ address: SocketAddress) {
    switch address.host {
    case .v4(let host):
      bytes.append(4)
      write(Int(host))
    case .v6(let high, let low, let scope):
      bytes.append(6)
      write(Int(truncatingIfNeeded: high))
      write(Int(truncatingIfNeeded: low))
      write(Int(scope))
    case .unix(let path):
      bytes.append(0)
      write(path)
    }
    write(Int(address.port))
  }
}

/// Reads the values of a message in the order in which they were written.
struct MessageReader {
  /// The most elements of a list.
  static let maximumElements = 1 << 20

  private let bytes: [UInt8]
  private var index = 0

  init(_ payload: ByteString) { bytes = payload.bytes }

  private mutating func next(_ count: Int) throws(ProtocolError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - index else {
      throw ProtocolError("the message ends within a value")
    }
    defer { index += count }
    return bytes[index..<index + count]
  }

  mutating func number() throws(ProtocolError) -> Int {
    var number: UInt64 = 0
    for byte in try next(8).reversed() { number = number << 8 | UInt64(byte) }
    return Int(Int64(bitPattern: number))
  }

  /// A number that must lie in a range.
  mutating func number(in range: ClosedRange<Int>) throws(ProtocolError) -> Int {
    let number = try number()
    guard range.contains(number) else { throw ProtocolError("a number is out of its range") }
    return number
  }

  mutating func byte() throws(ProtocolError) -> UInt8 {
    guard let byte = try next(1).first else { throw ProtocolError("a byte is missing") }
    return byte
  }

  mutating func flag() throws(ProtocolError) -> Bool {
    switch try byte() {
    case 0: return false
    case 1: return true
    default: throw ProtocolError("a flag is neither 0 nor 1")
    }
  }

  mutating func text() throws(ProtocolError) -> ByteString { ByteString(try next(try number())) }

  mutating func string() throws(ProtocolError) -> String { try text().string }

  mutating func optional<Value>(
    _ body: (inout MessageReader) throws(ProtocolError) -> Value
  ) throws(ProtocolError) -> Value? {
    try flag() ? try body(&self) : nil
  }

  mutating func optionalNumber() throws(ProtocolError) -> Int? {
    try flag() ? try number() : nil
  }

  mutating func list<Element>(
    _ body: (inout MessageReader) throws(ProtocolError) -> Element
  ) throws(ProtocolError) -> [Element] {
    let count = try number(in: 0...MessageReader.maximumElements)
    var list: [Element] = []
    for _ in 0..<count { list.append(try body(&self)) }
    return list
  }

  mutating func address() throws(ProtocolError) -> SocketAddress {
    let host: SocketAddress.Host
    switch try byte() {
    case 4: host = .v4(UInt32(try number(in: 0...Int(UInt32.max))))
    case 6:
      let (high, low) = (
        UInt64(bitPattern: Int64(try number())), UInt64(bitPattern: Int64(try number()))
      )
      host = .v6(high: high, low: low, scope: UInt32(try number(in: 0...Int(UInt32.max))))
    case 0: host = .unix(try text())
    default: throw ProtocolError("an address is of an unknown family")
    }
    return SocketAddress(host: host, port: UInt16(try number(in: 0...65_535)))
  }

  /// - Throws: Where something is left over.
  func finish() throws(ProtocolError) {
    guard index == bytes.count else { throw ProtocolError("the message goes on behind its end") }
  }
}
