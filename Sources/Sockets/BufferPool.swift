public import Bytes

/// Buffers that wait to be used again, in a few sizes.
///
/// Confined to one loop. Each size keeps at most two megabytes; what is beyond goes back to the
/// system.
public final class BufferPool {
  private static let sizes = [1_024, 4_096, 8_192, 16_384, 32_768, 65_536]
  private static let maximumIdleBytes = 2 * 1_024 * 1_024

  /// The idle buffers of one size: a list through ``ByteBuffer/nextIdle``.
  private struct Shelf {
    var first: ByteBuffer?
    var count = 0

    mutating func take() -> ByteBuffer? {
      guard let buffer = first.take() else { return nil }
      first = buffer.nextIdle.take()
      count -= 1
      return buffer
    }

    mutating func give(_ buffer: consuming ByteBuffer) {
      buffer.nextIdle = first.take()
      first = buffer
      count += 1
    }

    mutating func drain() {
      // One by one: the end of the first must not be that of all, one within the other.
      var rest = first.take()
      while let buffer = rest { rest = buffer.nextIdle.take() }
      count = 0
    }
  }

  private var shelves: [Shelf]

  /// A pool without buffers.
  public init() { shelves = BufferPool.sizes.map { _ in Shelf() } }

  deinit { drain() }

  /// An empty buffer of at least a capacity, in bytes.
  public func take(_ capacity: Int) -> ByteBuffer {
    guard let index = BufferPool.index(holding: capacity) else {
      return ByteBuffer(capacity: capacity)
    }
    return shelves[index].take()
      ?? ByteBuffer(capacity: 1_024 << BufferPool.shift(of: index))
  }

  /// Takes a buffer back; the giver must not touch it again.
  ///
  /// A buffer that grew to a size that is none of the pool's is freed.
  public func give(_ buffer: consuming ByteBuffer) {
    guard let index = BufferPool.index(holding: buffer.capacity),
      1_024 << BufferPool.shift(of: index) == buffer.capacity,
      shelves[index].count < BufferPool.maximumIdleBytes / buffer.capacity
    else { return }
    buffer.clear()
    shelves[index].give(buffer)
  }

  /// Frees every idle buffer.
  public func drain() {
    for index in shelves.indices { shelves[index].drain() }
  }

  private static func shift(of index: Int) -> Int { index == 0 ? 0 : index + 1 }

  /// The smallest size that holds a capacity; nil where none does.
  private static func index(holding capacity: Int) -> Int? {
    switch capacity {
    case ...1_024: 0
    case ...4_096: 1
    case ...8_192: 2
    case ...16_384: 3
    case ...32_768: 4
    case ...65_536: 5
    default: nil
    }
  }
}
