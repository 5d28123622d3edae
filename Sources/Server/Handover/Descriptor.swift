import CLinux

/// A descriptor with an owner: it is closed when nobody holds the object any more.
///
/// Unchecked: `number` is changed only by ``release()``, which the last holder calls.
final class Descriptor: @unchecked Sendable {
  private(set) var number: CInt

  init(adopting number: CInt) { self.number = number }

  deinit { if number >= 0 { close(number) } }

  /// Gives the descriptor to the caller.
  func release() -> CInt {
    defer { number = -1 }
    return number
  }

  /// Another descriptor of the same file, which the caller owns; nil where there is no room.
  func copy() -> CInt? {
    let copy = linux_copy_descriptor(number)
    return copy >= 0 ? copy : nil
  }
}
