import Bytes
import Sockets
import Wire

/// How long a cookie lasts that the program gives out.
enum CookieLifetime: Sendable {
  case session, longest
  case seconds(Int)

  /// The attribute `expires` with what separates it; empty where the cookie ends with the session.
  func expires(for exchange: Exchange) -> ByteString {
    switch self {
    case .session: return ByteString()
    case .longest: return "; expires=Thu, 31-Dec-37 23:55:55 GMT"
    case .seconds(let seconds):
      let end = Int(exchange.loop.clock.seconds) + seconds
      return "; expires=" + HTTPDate.format(end).asCookieDate
    }
  }
}

extension ByteString {
  /// A date of HTTP as old cookies have it: with hyphens, and two digits of the year.
  fileprivate var asCookieDate: ByteString {
    guard count == 29 else { return self }
    return self[0..<7] + "-" + self[8..<11] + "-" + self[14..<16] + dropFirst(16)
  }
}
