package import Bytes
import Wire

/// Turns failures into responses: an `error_page`, or the page that the program brings.
enum ErrorPages {
  /// - Returns: How the pipeline goes on; `.responded` where a page was sent.
  static func answer(_ failure: Failure, on exchange: Exchange) -> HandlerOutcome {
    guard case .status(let status) = failure, status != 444, !exchange.response.isHeadSent else {
      // The response is lost or never wanted; closing is all that can tell the client.
      exchange.isPersistent = false
      if !exchange.response.isHeadSent { exchange.response.status = failure.loggedStatus }
      return .responded
    }
    forbidPersistence(status, exchange)
    if let outcome = redirect(status, exchange) { return outcome }
    do {
      return try BuiltInPage.send(status, on: exchange)
    } catch {
      exchange.isPersistent = false
      return .responded
    }
  }

  /// After some errors nobody knows where the next request begins.
  private static func forbidPersistence(_ status: Int, _ exchange: Exchange) {
    switch status {
    case 400, 413, 414, 494, 495, 496, 497, 500, 501: exchange.isPersistent = false
    default: break
    }
  }

  private static func redirect(_ status: Int, _ exchange: Exchange) -> HandlerOutcome? {
    let core = exchange.settings.core
    guard !exchange.hasErrorPage,
      let page = core.errorPages.first(where: { $0.statuses.contains(status) })
    else { return nil }
    // nginx: the location that failed says whether its page may fail over again.
    if !core.isRecursiveErrorPages { exchange.hasErrorPage = true }
    let target = page.target.value(for: exchange)
    let newStatus = page.newStatus ?? status
    do {
      try exchange.countPathChange()
    } catch {
      return try? BuiltInPage.send(500, on: exchange)
    }
    forgetResponse(exchange)
    if target.hasPrefix("@") { return named(target, newStatus, exchange) }
    guard target.hasPrefix("/") else { return external(target, page, exchange) }
    exchange.errorStatus = newStatus == 0 ? nil : newStatus
    if exchange.method != .head { exchange.method = .get }
    let (path, query) = target.splitAtQuestionMark
    exchange.redirectInternally(to: path, query: query)
    return .redirectedInternally
  }

  /// Forgets what was decided, but for what the client must be told with any page.
  private static func forgetResponse(_ exchange: Exchange) {
    let challenges = exchange.response.fields.values(of: .wwwAuthenticate)
    let location = exchange.response.location
    exchange.response.forgetHead()
    exchange.response.location = location
    for challenge in challenges { exchange.response.fields.append("WWW-Authenticate", challenge) }
  }

  private static func named(
    _ name: ByteString, _ newStatus: Int, _ exchange: Exchange
  ) -> HandlerOutcome? {
    guard let location = exchange.server.locations.named(name) else {
      exchange.logError(.error, "could not find named location \"\(name)\"")
      return nil
    }
    exchange.errorStatus = newStatus == 0 ? nil : newStatus
    exchange.isInternal = true
    return .redirectedToLocation(location)
  }

  /// An absolute URI, which the client is sent to.
  private static func external(
    _ target: ByteString, _ page: ErrorPage, _ exchange: Exchange
  ) -> HandlerOutcome? {
    let isRedirect = page.newStatus.map { [301, 302, 303, 307, 308].contains($0) } ?? false
    exchange.response.location = target
    return try? BuiltInPage.redirect(isRedirect ? page.newStatus ?? 302 : 302, on: exchange)
  }
}

extension Failure {
  /// The status that the access log shows where no response was sent; 499 is nginx's own.
  fileprivate var loggedStatus: Int {
    switch self {
    case .status(let status): status
    case .aborted: 499
    }
  }
}

extension ByteString {
  /// A path and a query; nil where there is no `?`.
  package var splitAtQuestionMark: (path: ByteString, query: ByteString?) {
    guard let mark = firstIndex(of: UInt8(ascii: "?")) else { return (self, nil) }
    return (self[0..<mark], dropFirst(mark + 1))
  }
}
