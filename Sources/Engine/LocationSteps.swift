/// What a location has besides its content; most locations have little of it.
package struct LocationSteps: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  static let entry = LocationSteps(rawValue: 1)
  static let script = LocationSteps(rawValue: 2)
  static let preparation = LocationSteps(rawValue: 4)
  static let preaccess = LocationSteps(rawValue: 8)
  static let access = LocationSteps(rawValue: 16)
  static let precontent = LocationSteps(rawValue: 32)
  static let limitExcept = LocationSteps(rawValue: 64)

  /// Header filters, but for those that are ``HeaderFilter/isForSelectable``.
  static let headerFilters = LocationSteps(rawValue: 128)

  /// What may have to wait before there is content.
  static let awaited: LocationSteps = [.preparation, .preaccess, .access, .precontent]

  /// The steps of which there are any.
  init(_ steps: [(step: LocationSteps, isThere: Bool)]) {
    self = steps.reduce(into: []) { if $1.isThere { $0.insert($1.step) } }
  }
}
