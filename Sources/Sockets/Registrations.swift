/// The owners of a loop's descriptors, found by the token that `epoll` returns with an event.
///
/// A token is a slot and the slot's generation, so that an event of a socket that was closed
/// earlier in the same batch finds nothing, even where the slot is in use again.
struct Registrations {
  /// What an event is for; not retained.
  enum Owner {
    case socket(Unmanaged<Socket>)
    case acceptor(Unmanaged<Acceptor>)
    case watch(Unmanaged<Watch>)
  }

  private struct Slot {
    var owner: Owner?
    var generation: UInt32 = 0
  }

  private var slots: [Slot] = []
  private var free: [UInt32] = []

  /// Remembers an owner without retaining it; it must be removed before it is freed.
  mutating func insert(_ owner: Owner) -> UInt64 {
    let index: UInt32
    if let reused = free.popLast() {
      index = reused
    } else {
      index = UInt32(slots.count)
      slots.append(Slot())
    }
    slots[Int(index)].owner = owner
    return UInt64(slots[Int(index)].generation) << 32 | UInt64(index)
  }

  /// Forgets the owner of a token.
  mutating func remove(_ token: UInt64) {
    let index = Int(token & 0xFFFF_FFFF)
    precondition(slots[index].generation == UInt32(token >> 32))
    slots[index].owner = nil
    // The highest generation stays unused: it would make the token of the wake-up descriptor.
    let next = slots[index].generation &+ 1
    slots[index].generation = next == .max ? 0 : next
    free.append(UInt32(index))
  }

  /// The owner of a token; nil where it is gone.
  func owner(of token: UInt64) -> Owner? {
    let index = Int(token & 0xFFFF_FFFF)
    guard index < slots.count, slots[index].generation == UInt32(token >> 32) else { return nil }
    return slots[index].owner
  }
}
