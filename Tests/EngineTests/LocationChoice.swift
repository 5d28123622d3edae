@testable import Engine

extension LocationMatcher {
  /// The location that a request gets; nil where it gets none.
  func location(for exchange: Exchange) -> Lent<Location>? {
    guard case .location(let location, _) = choice(for: exchange) else { return nil }
    return location
  }
}
