import Bytes
import Config

/// How bytes of one character set become those of another.
enum CharsetMap: Sendable {
  /// What becomes of each byte.
  case fromBytes([ByteString])

  /// The bytes of the characters that UTF-8 encodes.
  case fromUTF8([UInt32: UInt8])
}

/// The maps of a configuration, by the names of both character sets.
struct CharsetMaps: Sendable {
  private var maps: [ByteString: CharsetMap] = [:]

  /// Whether there is none.
  var isEmpty: Bool { maps.isEmpty }

  private static func key(_ from: ByteString, _ to: ByteString) -> ByteString {
    from.lowercased + " " + to.lowercased
  }

  /// The map between two character sets; nil where there is none.
  func map(from source: ByteString, to target: ByteString) -> CharsetMap? {
    maps[CharsetMaps.key(source, target)]
  }

  mutating func add(
    _ builder: CharsetMapBuilder, from source: ByteString, to target: ByteString
  ) {
    maps[CharsetMaps.key(source, target)] = builder.forward
    maps[CharsetMaps.key(target, source)] = builder.backward
  }
}

/// A map and its reverse while the entries of `charset_map` are read.
struct CharsetMapBuilder {
  private let isToUTF8: Bool
  private var forwardBytes: [ByteString]
  private var backwardBytes: [ByteString]
  private var characters: [UInt32: UInt8] = [:]

  /// Bytes below 0x80 stay, others are unknown unless an entry names them.
  private static let initial = (0..<256).map { byte -> ByteString in
    byte < 128 ? ByteString([UInt8(byte)]) : "?"
  }

  init(isToUTF8: Bool) {
    self.isToUTF8 = isToUTF8
    forwardBytes = CharsetMapBuilder.initial
    backwardBytes = CharsetMapBuilder.initial
  }

  var forward: CharsetMap { .fromBytes(forwardBytes) }
  var backward: CharsetMap { isToUTF8 ? .fromUTF8(characters) : .fromBytes(backwardBytes) }

  mutating func add(_ entry: Statement) throws(Diagnostic) {
    let word = entry.arguments[0]
    guard let source = bytes(entry.name.text), source.count == 1 else {
      throw .custom("invalid value \"\(entry.name.text)\"", at: entry, word: entry.name)
    }
    guard let target = bytes(word.text), !target.isEmpty, isToUTF8 || target.count == 1 else {
      throw .custom("invalid value \"\(word.text)\"", at: entry, word: word)
    }
    forwardBytes[Int(source[0])] = ByteString(target)
    if isToUTF8 {
      if let character = String(decoding: target, as: UTF8.self).unicodeScalars.first {
        characters[character.value] = source[0]
      }
    } else {
      backwardBytes[Int(target[0])] = ByteString(source)
    }
  }

  /// The bytes of hexadecimal digits; nil where the text has others.
  private func bytes(_ text: ByteString) -> [UInt8]? {
    let digits = text.bytes.map { ASCII.hexValue($0) }
    guard !digits.contains(nil), !digits.isEmpty else { return nil }
    let values = (digits.count % 2 == 0 ? [] : [0]) + digits.compactMap { $0 }
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
  }
}
