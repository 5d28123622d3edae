public import Bytes

/// Buffers that wait to be used again, in sizes that are powers of two.
///
/// Confined to one loop. Each size keeps at most two megabytes; what is beyond goes back to the
/// system.
public final class BufferPool {
  private static let smallestSize = 1 << smallestExponent
  private static let smallestExponent = 10
  private static let largestShelf = 6
  private static let maximumIdleBytes = 2 * 1_024 * 1_024

  /// The idle buffers of each size, from 1 KiB to 64 KiB.
  private var shelves: InlineArray<7, IdleList<ByteBuffer>>

  /// A pool without buffers.
  public init() { shelves = InlineArray { _ in IdleList() } }

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

  /// Frees the idle buffers that have not been needed since the last call, but for some of each
  /// size.
  ///
  /// - Parameter kept: How many of each size stay in any case.
  public func releaseSurplus(but kept: Int) {
    for index in shelves.indices { shelves[index].releaseSurplus(but: kept) }
  }

  /// Frees every idle buffer.
  public func drain() {
    for index in shelves.indices { shelves[index].removeAll() }
  }

  /// The shelf of the smallest size that holds a capacity; beyond the largest where none does.
  private static func shelf(holding capacity: Int) -> Int {
    // The highest bit of what is one less than the capacity, but not below that of 1023.
    let last = (max(1, capacity) &- 1) | (smallestSize - 1)
    return Int.bitWidth &- smallestExponent &- last.leadingZeroBitCount
  }
}
