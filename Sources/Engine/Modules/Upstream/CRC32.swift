import Bytes

/// The checksum of Ethernet and gzip (ISO 3309), which nginx hashes keys with.
struct CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in
      rest & 1 == 0 ? rest >> 1 : (rest >> 1) ^ 0xEDB8_8320
    }
  }

  private var register = UInt32.max

  /// The checksum of the bytes so far.
  var value: UInt32 { ~register }

  mutating func update(_ byte: UInt8) {
    register = CRC32.table[Int(UInt8(truncatingIfNeeded: register) ^ byte)] ^ (register >> 8)
  }

  mutating func update(_ text: ByteString) {
    for byte in text.bytes { update(byte) }
  }

  static func checksum(_ text: ByteString) -> UInt32 {
    var checksum = CRC32()
    checksum.update(text)
    return checksum.value
  }
}
