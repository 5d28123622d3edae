/// Something that knows its place in a list.
protocol Slotted: AnyObject {
  var slot: Int { get set }
}

extension ClientConnection: Slotted {}
extension StreamSession: Slotted {}

extension Array where Element: Slotted {
  /// Takes an element out; the last one gets its place.
  mutating func remove(_ element: Element) {
    let last = removeLast()
    guard last !== element else { return }
    self[element.slot] = last
    last.slot = element.slot
  }
}
