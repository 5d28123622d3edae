/// Why a name has no address, with the numbers and texts of nginx's resolver.
public enum ResolveError: Error, Equatable, Sendable {
  case formatError
  case serverFailure
  case notFound
  case notImplemented
  case refused
  case timedOut
  /// The waiter was interrupted.
  case interrupted

  /// The number and the text in parentheses, as in `x could not be resolved (3: Host not found)`.
  public var reason: String {
    switch self {
    case .formatError: "(1: Format error)"
    case .serverFailure: "(2: Server failure)"
    case .notFound: "(3: Host not found)"
    case .notImplemented: "(4: Unimplemented)"
    case .refused: "(5: Operation refused)"
    case .timedOut: "(110: Operation timed out)"
    case .interrupted: "(interrupted)"
    }
  }
}
