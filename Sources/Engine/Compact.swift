/// An optional number in the space of a number.
///
/// For nil stands one that nobody counts up to: the least of signed numbers, the largest of
/// unsigned ones.
@propertyWrapper
package struct Compact<Number: FixedWidthInteger & Sendable>: Sendable {
  private static var none: Number { Number.isSigned ? .min : .max }

  private var stored = Compact.none

  /// nil at first.
  package init() {}

  package var wrappedValue: Number? {
    get { stored == Compact.none ? nil : stored }
    set { stored = newValue ?? Compact.none }
  }
}
