import Bytes

/// The name of a stored response: the MD5 digest of its key, as nginx names cache files.
struct CacheDigest: Hashable, Sendable {
  let high: UInt64
  let low: UInt64

  /// The digest of a text; whoever finds something by it must compare the key itself.
  init(of text: ByteString) {
    self.init(bytes: MD5.digest(of: text)[...])
  }

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  private init(bytes: ArraySlice<UInt8>) {
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The digest that a file is named by; nil where the name is none.
  init?(fileName: ByteString) {
    guard fileName.count == 32 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 32, by: 2) {
      guard let first = CacheDigest.value(fileName[index]),
        let second = CacheDigest.value(fileName[index + 1])
      else { return nil }
      bytes.append(first << 4 | second)
    }
    self.init(bytes: bytes[...])
  }

  /// The value of a hexadecimal digit in lower case, the only form that the names have.
  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  /// The sixteen bytes.
  var bytes: [UInt8] {
    [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - $0 * 8)) } }
  }

  /// Thirty-two digits in lower case: the name of the file.
  var fileName: ByteString { ByteString(hexadecimal: bytes) }
}
