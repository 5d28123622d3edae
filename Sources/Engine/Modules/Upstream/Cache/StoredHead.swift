import Bytes

/// What stands at the beginning of a cache file, before the content: the format, version 1.
///
/// ```
/// 8 bytes   "apusCch1"
/// 4 bytes   CRC-32 of the rest of the fixed part
/// 4 bytes   CRC-32 of the key, the variant's fields, the entity tag and the head
/// 6 × 8     valid until, use while updating, use on errors, stored at, last modified, content
/// 4 × 4     lengths of the key, of the value of Vary, of the entity tag, of the head
/// 16 bytes  the digest of the variant
/// …         the key, Vary, the entity tag, the head as HTTP/1.1 writes it; then the content
/// ```
///
/// Numbers are little-endian. The fixed part may be written anew in place, when a server has said
/// that the response is still good. A file that does not agree with itself is never served.
struct StoredHead: Equatable {
  /// In seconds since 1970: until when the response is fresh, and when it was stored.
  var validUntil = 0
  var date = 0

  /// For how many seconds it may be used beyond that, while it is renewed and on errors.
  var updatingSeconds = 0
  var errorSeconds = 0

  /// The value of `Last-Modified`, in seconds since 1970; nil where there is none.
  var lastModified: Int?

  /// The bytes of the content.
  var contentCount = 0

  /// The whole key.
  var key = ByteString()

  /// The value of `Vary`, and the digest of the request's fields that it names.
  var vary = ByteString()
  var variant = CacheDigest(high: 0, low: 0)

  /// The value of `ETag`; empty where there is none.
  var entityTag = ByteString()

  /// The bytes of the status line and the fields.
  var headCount = 0

  private var textChecksum: UInt32 = 0

  /// The bytes before the key.
  static let fixedCount = 96

  /// The longest key and the longest head, in bytes.
  static let maximumKeyCount = 65_536
  static let maximumHeadCount = 1 << 20

  private static let mark: ByteString = "apusCch1"
  private static let none = Int.min

  init() {}

  /// Where the head begins.
  var headStart: Int { StoredHead.fixedCount + key.count + vary.count + entityTag.count }

  /// Where the content begins.
  var contentStart: Int { headStart + headCount }

  // MARK: - Writing

  /// Appends everything before the content.
  ///
  /// - Parameter head: The status line and the fields.
  mutating func append(with head: ByteString, to output: ByteBuffer) {
    headCount = head.count
    var checksum = CRC32()
    for text in [key, vary, entityTag, head] { checksum.update(text) }
    textChecksum = checksum.value
    output.append(fixedPart)
    for text in [key, vary, entityTag, head] { output.append(text) }
  }

  /// The first ``fixedCount`` bytes.
  var fixedPart: ByteString {
    var rest = ByteString()
    rest.append(little: UInt64(textChecksum), bytes: 4)
    let numbers = [
      validUntil, updatingSeconds, errorSeconds, date, lastModified ?? StoredHead.none,
      contentCount,
    ]
    for number in numbers { rest.append(little: UInt64(bitPattern: Int64(number)), bytes: 8) }
    for count in [key.count, vary.count, entityTag.count, headCount] {
      rest.append(little: UInt64(count), bytes: 4)
    }
    rest.append(ByteString(variant.bytes))
    var whole = StoredHead.mark
    whole.append(little: UInt64(CRC32.checksum(rest)), bytes: 4)
    whole.append(rest)
    return whole
  }

  // MARK: - Reading

  /// Reads the fixed part at the front of a buffer; the texts are still missing.
  ///
  /// - Returns: nil where it is of another format, or broken.
  init?(fixedPartOf buffer: ByteBuffer) {
    guard buffer.count >= StoredHead.fixedCount else { return nil }
    let bytes = buffer.bytes(in: 0..<StoredHead.fixedCount)
    guard bytes.hasPrefix(StoredHead.mark),
      bytes.little(at: 8, bytes: 4) == UInt64(CRC32.checksum(bytes.dropFirst(12)))
    else { return nil }
    textChecksum = UInt32(bytes.little(at: 12, bytes: 4))
    let numbers = (0..<6).map { Int(Int64(bitPattern: bytes.little(at: 16 + $0 * 8, bytes: 8))) }
    (validUntil, updatingSeconds, errorSeconds) = (numbers[0], numbers[1], numbers[2])
    (date, contentCount) = (numbers[3], numbers[5])
    lastModified = numbers[4] == StoredHead.none ? nil : numbers[4]
    counts = (0..<4).map { Int(bytes.little(at: 64 + $0 * 4, bytes: 4)) }
    variant = CacheDigest(
      high: bytes.little(at: 80, bytes: 8).byteSwapped,
      low: bytes.little(at: 88, bytes: 8).byteSwapped)
    guard contentCount >= 0, counts[0] <= StoredHead.maximumKeyCount, counts[1] <= 4096,
      counts[2] <= 4096, counts[3] <= StoredHead.maximumHeadCount
    else { return nil }
    headCount = counts[3]
  }

  /// The lengths of the texts that are still to be read.
  private var counts: [Int] = []

  /// The bytes before the content, of which the fixed part tells.
  var announcedCount: Int { StoredHead.fixedCount + counts.reduce(0, +) }

  /// Reads the texts behind the fixed part.
  ///
  /// - Returns: false where they are not what was written.
  mutating func readTexts(of buffer: ByteBuffer) -> Bool {
    guard counts.count == 4, buffer.count >= announcedCount else { return false }
    var checksum = CRC32()
    var start = StoredHead.fixedCount
    var texts: [ByteString] = []
    for count in counts {
      texts.append(buffer.bytes(in: start..<start + count))
      start += count
    }
    for text in texts { checksum.update(text) }
    guard checksum.value == textChecksum else { return false }
    (key, vary, entityTag) = (texts[0], texts[1], texts[2])
    counts = []
    return true
  }
}

extension ByteString {
  fileprivate mutating func append(little number: UInt64, bytes count: Int) {
    for place in 0..<count { append(UInt8(truncatingIfNeeded: number >> UInt64(place * 8))) }
  }

  fileprivate func little(at start: Int, bytes count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(self[start + $1]) << UInt64($1 * 8) }
  }
}
