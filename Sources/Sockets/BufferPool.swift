public import Bytes

/// Buffers that wait to be used again, in sizes that are powers of two.
///
/// Confined to one loop. Each size keeps at most two megabytes; what is beyond goes back to the
/// system.
public final class BufferPool {
  private static let smallestSize = 1_024
  private static let largestShelf = 6
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

  /// A shelf for each size, from 1 KiB to 64 KiB.
  private var shelves: InlineArray<7, Shelf>

  /// A pool without buffers.
  public init() { shelves = InlineArray(repeating: Shelf()) }

  deinit { drain() }

  /// An empty buffer of at least a capacity, in bytes.
  public func take(_ capacity: Int) -> ByteBuffer {
    let index = BufferPool.shelf(holding: capacity)
    guard index <= BufferPool.largestShelf else { return ByteBuffer(capacity: capacity) }
    return shelves[index].take() ?? ByteBuffer(capacity: BufferPool.smallestSize << index)
  }

  /// Takes a buffer back; the giver must not touch it again.
  ///
  /// A buffer that grew to a size that is none of the pool's is freed.
  public func give(_ buffer: consuming ByteBuffer) {
    let index = BufferPool.shelf(holding: buffer.capacity)
    guard index <= BufferPool.largestShelf,
      BufferPool.smallestSize << index == buffer.capacity,
      shelves[index].count << index < BufferPool.maximumIdleBytes / BufferPool.smallestSize
    else { return }
    buffer.clear()
    shelves[index].give(buffer)
  }

  /// Frees every idle buffer.
  public func drain() {
    for index in shelves.indices { shelves[index].drain() }
  }

  /// The shelf of the smallest size that holds a capacity; beyond the largest where none does.
  private static func shelf(holding capacity: Int) -> Int {
    UInt.bitWidth - (UInt(max(1, capacity) - 1) / UInt(smallestSize)).leadingZeroBitCount
  }
}
