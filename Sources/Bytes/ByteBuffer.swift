/// A growable region of memory that is written at its end and read from its front.
///
/// One object, one owner: a buffer belongs to one loop and to one connection or exchange at a
/// time. Offsets handed out by parsers count from the first readable byte and become invalid when
/// bytes are consumed or the buffer is cleared.
///
/// Soundness: the memory is allocated in `init`, freed in `deinit` and never leaves the object
/// except for the length of a closure; every range is checked against the written part first.
public final class ByteBuffer: Idling {
  @usableFromInline var memory: UnsafeMutablePointer<UInt8>
  @usableFromInline var readIndex = 0
  @usableFromInline var writeIndex = 0

  /// The next one of a pool's idle buffers; see ``IdleList``.
  public final var nextIdle: Unmanaged<ByteBuffer>?

  /// The size of the memory, in bytes; it grows when more is appended.
  public private(set) var capacity: Int

  /// An empty buffer with room for at least so many bytes.
  public init(capacity: Int) {
    memory = .allocate(capacity: max(capacity, 1))
    self.capacity = max(capacity, 1)
  }

  deinit { memory.deallocate() }

  /// The number of readable bytes.
  @inlinable public var count: Int { writeIndex &- readIndex }

  /// Whether there is nothing to read.
  @inlinable public var isEmpty: Bool { writeIndex == readIndex }

  /// The number of bytes that can be appended without growing.
  @inlinable public var room: Int { capacity &- writeIndex }

  /// A readable byte, counted from the first.
  @inlinable public subscript(index: Int) -> UInt8 {
    get {
      precondition(index >= 0 && index < count)
      return memory[readIndex + index]
    }
    set {
      precondition(index >= 0 && index < count)
      memory[readIndex + index] = newValue
    }
  }

  // MARK: - Reading

  /// Lends the readable bytes.
  @inlinable public func withSpan<Result, Problem: Error>(
    _ body: (Span<UInt8>) throws(Problem) -> Result
  ) throws(Problem) -> Result {
    try body(
      Span(
        _unsafeElements: UnsafeBufferPointer(
          start: memory + readIndex, count: writeIndex - readIndex)
      ))
  }

  /// Lends the readable bytes to a system call.
  @inlinable public func withReadableBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    body(UnsafeRawBufferPointer(start: memory + readIndex, count: writeIndex - readIndex))
  }

  /// A copy of some readable bytes.
  @inlinable public func bytes(in range: Range<Int>) -> ByteString {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return ByteString(
      Array(UnsafeBufferPointer(start: memory + readIndex + range.lowerBound, count: range.count)))
  }

  /// A copy of all readable bytes.
  public var allBytes: ByteString { bytes(in: 0..<count) }

  /// Whether the readable bytes in a range are those of `text`.
  @_disfavoredOverload
  @inlinable public func matches(_ text: ByteString, in range: Range<Int>) -> Bool {
    text.bytes.withUnsafeBufferPointer { isEqual($0, in: range) { $0 == $1 } }
  }

  /// Whether the readable bytes in a range are those of `lowercase` in any case.
  @_disfavoredOverload
  @inlinable public func matchesIgnoringCase(_ lowercase: ByteString, in range: Range<Int>) -> Bool
  {
    lowercase.bytes.withUnsafeBufferPointer { isEqual($0, in: range) { ASCII.lowercase($0) == $1 } }
  }

  /// Whether the readable bytes in a range are those of `text`.
  public func matches(_ text: StaticString, in range: Range<Int>) -> Bool {
    let text = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    return isEqual(text, in: range) { $0 == $1 }
  }

  /// Whether the readable bytes in a range are those of `lowercase` in any case.
  public func matchesIgnoringCase(_ lowercase: StaticString, in range: Range<Int>) -> Bool {
    let text = UnsafeBufferPointer(start: lowercase.utf8Start, count: lowercase.utf8CodeUnitCount)
    return isEqual(text, in: range) { ASCII.lowercase($0) == $1 }
  }

  /// Compares the readable bytes in a range with a text, eight at a time; some are compared twice.
  @inlinable @inline(__always) func isEqual(
    _ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>, _ areEqual: (UInt64, UInt64) -> Bool
  ) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    let count = text.count
    guard range.count == count else { return false }
    guard let other = text.baseAddress, count > 0 else { return true }
    let own = UnsafeRawPointer(memory + readIndex + range.lowerBound)
    let others = UnsafeRawPointer(other)
    guard count >= 8 else {
      return areEqual(ByteBuffer.word(own, count), ByteBuffer.word(others, count))
    }
    var offset = 0
    while offset < count &- 8 {
      let (word, wanted) = (own + offset, others + offset)
      if !areEqual(ByteBuffer.word(word, 8), ByteBuffer.word(wanted, 8)) { return false }
      offset &+= 8
    }
    return areEqual(
      ByteBuffer.word(own + (count &- 8), 8), ByteBuffer.word(others + (count &- 8), 8))
  }

  /// One to eight bytes as a number that only the same bytes have; some may be there twice.
  @inlinable @inline(__always)
  static func word(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
    func byte(_ offset: Int) -> UInt64 {
      UInt64(start.load(fromByteOffset: offset, as: UInt8.self))
    }
    if count == 8 { return start.loadUnaligned(as: UInt64.self) }
    if count < 4 { return byte(0) | byte(count / 2) << 8 | byte(count &- 1) << 16 }
    let end = start.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
    return UInt64(start.loadUnaligned(as: UInt32.self)) | UInt64(end) << 32
  }

  /// Takes bytes from the front.
  @inlinable public func consume(_ count: Int) {
    precondition(count >= 0 && count <= self.count)
    readIndex += count
    if readIndex == writeIndex {
      readIndex = 0
      writeIndex = 0
    }
  }

  /// Changes the bytes, and the memory that holds them, with another buffer; nothing is copied.
  public func swapBytes(with other: ByteBuffer) {
    swap(&memory, &other.memory)
    swap(&readIndex, &other.readIndex)
    swap(&writeIndex, &other.writeIndex)
    swap(&capacity, &other.capacity)
  }

  /// Forgets all bytes; the memory stays.
  @inlinable public func clear() {
    readIndex = 0
    writeIndex = 0
  }

  /// Drops bytes from the end, so that `count` are left.
  @inlinable public func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count)
    writeIndex = readIndex + count
  }

  // MARK: - Writing

  /// Appends one byte.
  @inlinable @inline(__always) public func append(_ byte: UInt8) {
    reserve(1)
    memory[writeIndex] = byte
    writeIndex &+= 1
  }

  /// Appends a string.
  ///
  /// Literals are taken as static text, which needs no memory.
  @_disfavoredOverload
  @inlinable public func append(_ text: ByteString) {
    text.bytes.withUnsafeBytes { append($0) }
  }

  /// Appends a part of a string.
  @inlinable public func append(_ text: ByteString, in range: Range<Int>) {
    text.bytes.withUnsafeBytes { append(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// Appends text.
  ///
  /// Inlined, so that a literal is stored by a few instructions and not by a call of `memcpy`.
  @inlinable @inline(__always) public func append(_ text: StaticString) {
    let count = text.utf8CodeUnitCount
    reserve(count)
    UnsafeMutableRawPointer(memory + writeIndex).copyMemory(from: text.utf8Start, byteCount: count)
    writeIndex &+= count
  }

  /// Appends bytes.
  @inlinable public func append(_ bytes: Span<UInt8>) {
    bytes.withUnsafeBufferPointer { append(UnsafeRawBufferPointer($0)) }
  }

  /// Appends bytes.
  @inlinable public func append(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    guard bytes.count <= room else { return appendGrowing(bytes) }
    write(start, bytes.count)
  }

  @inline(never) @usableFromInline func appendGrowing(_ bytes: UnsafeRawBufferPointer) {
    makeRoom(for: bytes.count)
    append(bytes)
  }

  /// Appends a part of another buffer.
  @inlinable public func append(_ other: ByteBuffer, in range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= other.count)
    let count = range.upperBound &- range.lowerBound
    guard count <= room else { return appendGrowing(other, in: range) }
    write(other.memory + other.readIndex + range.lowerBound, count)
  }

  @inline(never) @usableFromInline func appendGrowing(_ other: ByteBuffer, in range: Range<Int>) {
    makeRoom(for: range.count)
    append(other, in: range)
  }

  /// Writes bytes for which there is room.
  ///
  /// The copy comes last, so that a function that ends with it keeps nothing for afterwards.
  @inlinable @inline(__always) func write(_ start: UnsafeRawPointer, _ count: Int) {
    let place = UnsafeMutableRawPointer(memory + writeIndex)
    writeIndex &+= count
    place.copyMemory(from: start, byteCount: count)
  }

  /// Moves all bytes of another buffer behind its own.
  @inlinable public func takeBytes(of other: ByteBuffer) {
    append(other, in: 0..<other.count)
    other.clear()
  }

  /// Appends the decimal digits of a number.
  @inlinable public func append(decimal number: Int) {
    guard number >= 0 else {
      append(0x2D)
      return appendDigits(of: number.magnitude)
    }
    appendDigits(of: UInt(number))
  }

  @usableFromInline func appendDigits(of number: UInt) {
    let limit: UInt = 100_000_000
    guard number >= limit else { return append(Digits(of: UInt32(number))) }
    appendDigits(of: number / limit)
    append(Digits(of: UInt32(number % limit)).padded)
  }

  @inline(__always)
  private func append(_ digits: Digits) {
    reserve(8)
    UnsafeMutableRawPointer(memory + writeIndex).storeBytes(
      of: digits.text.littleEndian, as: UInt64.self)
    writeIndex &+= digits.count
  }

  /// Appends the eight bytes of a number, the highest first.
  @inlinable public func append(bigEndian number: UInt64) {
    withUnsafeBytes(of: number.bigEndian) { append($0) }
  }

  /// Appends the digits of a number in lower-case hexadecimal, without leading zeros.
  public func append(hexadecimal number: UInt) {
    var shift = max(0, (UInt.bitWidth - number.leadingZeroBitCount + 3) / 4 * 4 - 4)
    while shift >= 0 {
      append(ASCII.hexDigit(UInt8(number >> UInt(shift) & 0xF)))
      shift -= 4
    }
  }

  /// Lets a system call write behind the readable bytes.
  ///
  /// - Parameters:
  ///   - minimum: How many bytes must fit; the buffer grows where they do not.
  ///   - body: Returns the number of bytes it wrote; a negative result counts as none.
  /// - Returns: What `body` returned.
  @inlinable @discardableResult
  public func withWritableBytes(
    minimum: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int
  ) -> Int {
    reserve(minimum)
    let written = body(
      UnsafeMutableRawBufferPointer(start: memory + writeIndex, count: capacity - writeIndex))
    precondition(written <= capacity - writeIndex)
    writeIndex += max(0, written)
    return written
  }

  /// Makes room for more bytes: first by moving the readable ones to the front, then by growing.
  @inlinable @inline(__always) public func reserve(_ additional: Int) {
    if capacity &- writeIndex < additional { makeRoom(for: additional) }
  }

  @inline(never) @usableFromInline func makeRoom(for additional: Int) {
    let count = self.count
    if capacity - count >= additional {
      memory.update(from: memory + readIndex, count: count)
    } else {
      let newCapacity = max(capacity * 2, count + additional)
      let newMemory = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
      newMemory.update(from: memory + readIndex, count: count)
      memory.deallocate()
      memory = newMemory
      capacity = newCapacity
    }
    readIndex = 0
    writeIndex = count
  }

  /// Gives up the memory behind and before the readable bytes.
  ///
  /// For what is kept for long: no pool takes such a buffer back.
  public func shrinkToFit() {
    let count = self.count
    let newCapacity = max(count, 1)
    guard newCapacity < capacity else { return }
    let newMemory = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
    newMemory.update(from: memory + readIndex, count: count)
    memory.deallocate()
    memory = newMemory
    capacity = newCapacity
    readIndex = 0
    writeIndex = count
  }
}

/// The decimal digits of a number below 100,000,000.
private struct Digits {
  /// The digits as bytes, the first one lowest.
  private(set) var text: UInt64 = 0

  private(set) var count = 0

  @inline(__always)
  init(of number: UInt32) {
    var rest = number
    // Found from the last one to the first.
    repeat {
      let higher = rest / 10
      text = text << 8 | UInt64(0x30 &+ rest &- higher &* 10)
      count &+= 1
      rest = higher
    } while rest > 0
  }

  /// Eight digits, with zeros in front.
  var padded: Digits {
    var padded = self
    while padded.count < 8 {
      padded.text = padded.text << 8 | 0x30
      padded.count &+= 1
    }
    return padded
  }
}
