/// A point or a span of a loop's time, in milliseconds of the monotonic clock.
public typealias Milliseconds = UInt64

extension Milliseconds {
  /// The span since a point of time; 0 where that is still to come, as the time of another loop may
  /// be.
  public func since(_ start: Milliseconds) -> Milliseconds { self > start ? self - start : 0 }
}

/// The timers of one loop: a hierarchical wheel of seven levels with 64 slots each.
///
/// The first level has a slot for each millisecond, each further level one for 64 slots of the
/// level below. A timer (a ``TimedObject``) sits in the level of the highest bits in which its time
/// differs from the wheel's, and moves down as the time comes nearer. Confined to one loop; the
/// wheel does not retain its timers, a timer leaves the wheel when it is freed.
public final class Timers {
  private static let levelCount = 7
  private static let latest: Milliseconds = 1 << 42 - 1

  /// The time up to which every timer has fired.
  public private(set) var time: Milliseconds

  private var slots: [Unmanaged<TimedObject>?]
  private var occupied: [UInt64]

  /// A wheel without timers.
  public init(time: Milliseconds) {
    self.time = time
    slots = Array(repeating: nil, count: Timers.levelCount * 64)
    occupied = Array(repeating: 0, count: Timers.levelCount)
  }

  /// The span until the wheel wants to be advanced; nil where it holds no timer.
  ///
  /// It may be too short, as timers move between levels and cancelled ones stay until their time.
  public func delay(from now: Milliseconds) -> Milliseconds? {
    guard let next = nextSlot() else { return nil }
    return next.time > now ? next.time - now : 0
  }

  /// Fires every timer whose deadline has come.
  public func advance(to now: Milliseconds) {
    while let next = nextSlot(), next.time <= now {
      time = next.time
      while let timer = slots[next.index]?.takeUnretainedValue() {
        remove(timer)
        if timer.deadline <= now {
          timer.cancelDeadline()
          timer.deadlinePassed()
        } else if timer.deadline != .max {
          insert(timer)
        }
      }
    }
    if now > time { time = now }
  }

  /// Puts a timer into the slot of its deadline.
  func insert(_ timer: TimedObject) {
    let place = min(max(timer.deadline, time + 1), Timers.latest)
    let level = (63 - ((time ^ place) | 63).leadingZeroBitCount) / 6
    let slot = Int(truncatingIfNeeded: place >> UInt64(level * 6)) & 63
    let index = level * 64 + slot
    timer.place = place
    timer.slot = Int32(truncatingIfNeeded: index)
    timer.previous = nil
    timer.next = slots[index]
    timer.next?.takeUnretainedValue().previous = Unmanaged.passUnretained(timer)
    slots[index] = Unmanaged.passUnretained(timer)
    occupied[level] |= 1 << UInt64(slot)
  }

  /// Takes a timer out of its slot.
  func remove(_ timer: TimedObject) {
    let index = Int(timer.slot)
    if let previous = timer.previous {
      previous.takeUnretainedValue().next = timer.next
    } else {
      slots[index] = timer.next
      if timer.next == nil { occupied[index / 64] &= ~(1 << UInt64(index % 64)) }
    }
    timer.next?.takeUnretainedValue().previous = timer.previous
    timer.slot = -1
    timer.next = nil
    timer.previous = nil
  }

  /// The next slot that holds timers, and the time at which it begins.
  private func nextSlot() -> (index: Int, time: Milliseconds)? {
    // Lower levels lie within the current slot of higher ones, so the first hit is the earliest.
    for level in 0..<Timers.levelCount where occupied[level] != 0 {
      let slot = occupied[level].trailingZeroBitCount
      let shift = UInt64(level * 6)
      let round = (time >> (shift + 6)) << (shift + 6)
      let begin = round | (UInt64(slot) << shift)
      return (level * 64 + slot, begin)
    }
    return nil
  }
}
