import Bytes
import Testing

@Suite struct ByteBufferTests {
  private func buffer(_ text: ByteString, capacity: Int = 4) -> ByteBuffer {
    let buffer = ByteBuffer(capacity: capacity)
    buffer.append(text)
    return buffer
  }

  @Test func `bytes come out in the order in which they went in`() {
    let buffer = ByteBuffer(capacity: 1)
    var expected: [UInt8] = []
    for round in 0..<100 {
      let bytes = (0..<round % 7).map { UInt8(round &+ $0) }
      buffer.append(ByteString(bytes))
      expected += bytes
      let taken = min(buffer.count, round % 5)
      #expect(buffer.bytes(in: 0..<taken).bytes == Array(expected.prefix(taken)))
      buffer.consume(taken)
      expected.removeFirst(taken)
    }
    #expect(buffer.allBytes.bytes == expected)
  }

  @Test func `consumed room is used again before the memory grows`() {
    let buffer = buffer("abcdefgh", capacity: 8)
    buffer.consume(6)
    buffer.append("ijklmn" as ByteString)
    #expect(buffer.capacity == 8)
    #expect(buffer.allBytes == "ghijklmn")
    buffer.append(UInt8(ascii: "o"))
    #expect(buffer.capacity == 16)
    #expect(buffer.allBytes == "ghijklmno")
  }

  @Test func `consuming everything gives all room back`() {
    let buffer = buffer("abcd")
    #expect(buffer.room == 0)
    buffer.consume(4)
    #expect(buffer.isEmpty && buffer.room == 4)
  }

  @Test func `the end can be cut off`() {
    let buffer = buffer("xabcd", capacity: 8)
    buffer.consume(1)
    buffer.truncate(to: 2)
    #expect(buffer.allBytes == "ab")
    buffer.clear()
    #expect(buffer.isEmpty)
  }

  @Test(arguments: [
    0, 7, 10, 99, 100, 65535, 99_999_999, 100_000_000, 10_000_000_123, -1, -120, Int.max, Int.min,
  ])
  func `numbers are appended in decimal`(number: Int) {
    let buffer = ByteBuffer(capacity: 1)
    buffer.append(decimal: number)
    #expect(buffer.allBytes.string == "\(number)")
  }

  @Test(arguments: [0, 1, 15, 16, 255, 256, 0xABCDEF, UInt.max])
  func `numbers are appended in hexadecimal`(number: UInt) {
    let buffer = ByteBuffer(capacity: 1)
    buffer.append(hexadecimal: number)
    #expect(buffer.allBytes.string == String(number, radix: 16))
  }

  @Test(
    arguments: [
      ("Host", 1..<5, true, true), ("host", 1..<5, false, true), ("Hos", 1..<5, false, false),
      ("Host:", 1..<5, false, false), ("HosT", 1..<5, false, true), ("", 2..<2, true, true),
      ("xHo", 0..<3, true, false),
    ] as [(ByteString, Range<Int>, Bool, Bool)])
  func `ranges are compared with and without case`(
    text: ByteString, range: Range<Int>, matches: Bool, matchesLowercased: Bool
  ) {
    let buffer = buffer("-xHost:")
    buffer.consume(1)
    #expect(buffer.matches(text, in: range) == matches)
    #expect(
      buffer.matchesIgnoringCase(text == "xHo" ? text : text.lowercased, in: range)
        == matchesLowercased)
  }

  @Test(arguments: 1...20)
  func `every byte of a range counts, however long it is`(count: Int) {
    let lowercase: [UInt8] = (0..<count).map { UInt8(ascii: "a") + UInt8($0) }
    let capitals = ByteString(lowercase.map { ASCII.uppercase($0) })
    let buffer = ByteBuffer(capacity: 32)
    buffer.append(ASCII.space)
    buffer.append(capitals)
    let range = 1..<count + 1
    #expect(buffer.matches(capitals, in: range))
    #expect(buffer.matchesIgnoringCase(ByteString(lowercase), in: range))
    #expect(!buffer.matches(ByteString(lowercase), in: range))
    for place in 0..<count {
      var (other, lowercaseOther) = (capitals, ByteString(lowercase))
      other.bytes[place] ^= 0x80
      lowercaseOther.bytes[place] ^= 0x01
      #expect(!buffer.matches(other, in: range))
      #expect(!buffer.matchesIgnoringCase(lowercaseOther, in: range))
    }
  }

  @Test func `all bytes of another buffer are taken`() {
    let (target, source) = (buffer("ab"), buffer("cde"))
    source.consume(1)
    target.takeBytes(of: source)
    #expect(target.allBytes == "abde" && source.isEmpty)
    target.takeBytes(of: source)
    #expect(target.allBytes == "abde")
  }

  @Test func `a part of another buffer is appended`() {
    let source = buffer("abcdef")
    source.consume(1)
    let target = buffer("<")
    target.append(source, in: 1..<4)
    target.append(source, in: 2..<2)
    target.append(">" as StaticString)
    #expect(target.allBytes == "<cde>")
  }

  @Test func `a system call writes behind the readable bytes`() {
    let buffer = buffer("ab")
    let written = buffer.withWritableBytes(minimum: 10) { room in
      room[0] = UInt8(ascii: "c")
      return room.count >= 10 ? 1 : 0
    }
    #expect(written == 1)
    #expect(buffer.withWritableBytes(minimum: 1) { _ in -1 } == -1)
    #expect(buffer.allBytes == "abc")
  }

  @Test func `single bytes are read and replaced`() {
    let buffer = buffer("xabc")
    buffer.consume(1)
    buffer[1] = UInt8(ascii: "B")
    #expect(buffer[0] == UInt8(ascii: "a"))
    #expect(buffer.withSpan { $0[1] } == UInt8(ascii: "B"))
    #expect(buffer.withReadableBytes { $0.count } == 3)
  }

  @Test func `memory that is not filled is given up`() {
    let buffer = ByteBuffer(capacity: 16_384)
    buffer.append("abcdef")
    buffer.consume(2)
    buffer.shrinkToFit()
    #expect(buffer.capacity == 4)
    #expect(buffer.allBytes == "cdef")
    buffer.append("gh")
    #expect(buffer.allBytes == "cdefgh")
  }
}
