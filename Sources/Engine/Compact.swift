/// An optional number in the space of a number: the largest stands for nil.
@propertyWrapper
package struct Compact<Number: FixedWidthInteger & Sendable>: Sendable {
  private var stored = Number.max

  /// nil at first.
  package init() {}

  package var wrappedValue: Number? {
    get { stored == .max ? nil : stored }
    set { stored = newValue ?? .max }
  }
}
