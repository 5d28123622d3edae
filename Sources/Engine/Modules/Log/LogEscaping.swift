import Bytes
import Config

/// How the values of variables are written into a line of the access log; see `log_format`.
enum LogEscaping: Sendable {
  /// Quotes, backslashes, control characters and bytes above 126 as `\xXX`.
  case standard
  /// As the text of a JSON string.
  case json
  case none

  static func named(
    _ name: ByteString, _ word: Word, _ statement: Statement
  ) throws(Diagnostic) -> LogEscaping {
    switch name {
    case "default": return .standard
    case "json": return .json
    case "none": return .none
    default:
      throw .custom("unknown log format escaping \"\(name)\"", at: statement, word: word)
    }
  }

  /// Escapes what stands at the end of a buffer, in place.
  ///
  /// - Parameter start: Where the value starts, counted from the first readable byte.
  func escape(_ buffer: ByteBuffer, from start: Int) {
    if self == .none { return }
    let first = buffer.withSpan { bytes in
      var index = LogEscaping.firstUnusual(in: bytes, from: start)
      while index < bytes.count, !needsEscape(bytes[index]) { index += 1 }
      return index
    }
    guard first < buffer.count else { return }
    let rest = buffer.bytes(in: first..<buffer.count)
    buffer.truncate(to: first)
    for byte in rest.bytes {
      if needsEscape(byte) {
        append(escaped: byte, to: buffer)
      } else {
        buffer.append(byte)
      }
    }
  }

  /// The index of a byte before which nothing is escaped, whatever the escaping: eight bytes are
  /// looked at together.
  ///
  /// A byte's top bit says, after a subtraction, whether it was below a bound; a borrow disturbs
  /// bytes behind the first hit only.
  private static func firstUnusual(in bytes: Span<UInt8>, from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops = ones &* 0x80
    var index = start
    while index &+ 8 <= bytes.count {
      let word = bytes.bytes
        .unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self).littleEndian
      let quotes = word ^ ones &* UInt64(UInt8(ascii: "\""))
      let backslashes = word ^ ones &* UInt64(UInt8(ascii: "\\"))
      let hits =
        (word &- ones &* 0x20) | (word &+ ones) | word | ((quotes &- ones) & ~quotes)
        | ((backslashes &- ones) & ~backslashes)
      if hits & tops != 0 { break }
      index &+= 8
    }
    return index
  }

  private func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
      || (byte > 0x7E && self == .standard)
  }

  private func append(escaped byte: UInt8, to buffer: ByteBuffer) {
    buffer.append(UInt8(ascii: "\\"))
    if self == .standard {
      buffer.append(UInt8(ascii: "x"))
      LogEscaping.append(hexadecimal: byte, to: buffer)
      return
    }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): buffer.append(byte)
    case ASCII.lineFeed: buffer.append(UInt8(ascii: "n"))
    case ASCII.carriageReturn: buffer.append(UInt8(ascii: "r"))
    case ASCII.tab: buffer.append(UInt8(ascii: "t"))
    case 0x08: buffer.append(UInt8(ascii: "b"))
    case 0x0C: buffer.append(UInt8(ascii: "f"))
    default:
      buffer.append("u00")
      LogEscaping.append(hexadecimal: byte, to: buffer)
    }
  }

  private static func append(hexadecimal byte: UInt8, to buffer: ByteBuffer) {
    buffer.append(ASCII.uppercase(ASCII.hexDigit(byte >> 4)))
    buffer.append(ASCII.uppercase(ASCII.hexDigit(byte & 0xF)))
  }
}
