import Bytes
import Wire

/// The page that is sent where no `error_page` is configured; its form is nginx's.
enum BuiltInPage {
  static func send(_ status: Int, on exchange: Exchange) throws(Failure) -> HandlerOutcome {
    let response = exchange.response
    forgetContent(exchange)
    if status == 301 || status == 302, wantsRefresh(exchange) { return try sendRefresh(exchange) }
    // 494 to 497 exist to be caught by `error_page`; the client sees 400 (nginx's "error_page").
    response.status = (494...497).contains(status) ? 400 : status
    guard let title = title(of: status) else {
      response.contentLength = status == 204 || status == 304 ? nil : 0
      response.contentType = nil
      try exchange.sendHead()
      try exchange.endBody()
      return .responded
    }
    let page = text(title, exchange, isPadded: status >= 400 && wantsPadding(exchange))
    response.contentType = "text/html"
    response.contentLength = page.count
    try exchange.sendHead()
    try exchange.send(page)
    try exchange.endBody()
    return .responded
  }

  /// Sends the client to ``Response/location``, which an `error_page` names.
  static func redirect(_ status: Int, on exchange: Exchange) throws(Failure) -> HandlerOutcome {
    guard wantsRefresh(exchange) else { return try send(status, on: exchange) }
    forgetContent(exchange)
    return try sendRefresh(exchange)
  }

  /// Forgets what was decided about other content.
  private static func forgetContent(_ exchange: Exchange) {
    let response = exchange.response
    response.reason = nil
    response.lastModified = nil
    response.allowsRanges = false
    response.fields.remove(.entityTag)
    response.fields.remove(.acceptRanges)
    response.bodyFilters = []
    response.selection = nil
    // The page is that of the error, not of what another error wanted to show.
    exchange.errorStatus = nil
  }

  private static func text(
    _ title: PageTitle, _ exchange: Exchange, isPadded: Bool
  ) -> ByteString {
    exchange.collect { page in
      page.append("<html>\r\n<head><title>")
      page.append(title.title)
      page.append("</title></head>\r\n<body>\r\n<center><h1>")
      page.append(title.heading)
      page.append("</h1></center>\r\n")
      if let detail = title.detail {
        page.append("<center>")
        page.append(detail)
        page.append("</center>\r\n")
      }
      page.append("<hr><center>")
      page.append(exchange.settings.core.serverTokens.text)
      page.append("</center>\r\n</body>\r\n</html>\r\n")
      guard isPadded else { return }
      for _ in 0..<6 { page.append(padding) }
    }
  }

  // MARK: - Refresh

  private static func wantsRefresh(_ exchange: Exchange) -> Bool {
    guard exchange.settings.core.refreshesMSIE else { return false }
    return exchange.request.fields.value(of: .userAgent)?.isMSIE ?? false
  }

  /// Sends a page that leads elsewhere, in place of a redirect; see `msie_refresh`.
  private static func sendRefresh(_ exchange: Exchange) throws(Failure) -> HandlerOutcome {
    let target = exchange.response.location ?? ByteString()
    exchange.response.location = nil
    let page =
      "<html><head><meta http-equiv=\"Refresh\" content=\"0; URL="
      + PercentEncoding.encode(target, escaping: .refresh)
      + "\"></head><body></body></html>\r\n"
    return try exchange.respond(status: 200, contentType: "text/html", body: page)
  }

  // MARK: - Padding

  /// MSIE and Chrome show pages of their own in place of short ones.
  private static let padding: StaticString =
    "<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n"

  private static func wantsPadding(_ exchange: Exchange) -> Bool {
    guard exchange.settings.core.padsErrorPages, exchange.request.version >= .http10,
      let agent = exchange.request.fields.value(of: .userAgent)
    else { return false }
    if agent.isMSIE { return true }
    return !agent.contains("Opera") && !agent.contains("Gecko/") && agent.contains("Chrome/")
  }

  // MARK: - Titles

  /// What a page says; it differs from the status line for some statuses, as it does in nginx.
  private struct PageTitle {
    let title: StaticString
    let heading: StaticString
    var detail: StaticString?

    init(_ title: StaticString) {
      self.title = title
      heading = title
    }

    /// A page for one of nginx's own statuses, which the client sees as 400.
    init(_ title: StaticString, detail: StaticString) {
      self.title = title
      heading = "400 Bad Request"
      self.detail = detail
    }
  }

  /// The title of the page; nil for statuses that have none, whose body is empty.
  private static func title(of status: Int) -> PageTitle? {
    switch status {
    case 302: PageTitle("302 Found")
    case 401: PageTitle("401 Authorization Required")
    case 301, 303, 307, 308, 400...416, 421, 429, 500...505, 507:
      Status.line(of: status).map { PageTitle($0) }
    case 494...498: titleOfOwnStatus(status)
    default: nil
    }
  }

  private static func titleOfOwnStatus(_ status: Int) -> PageTitle {
    switch status {
    case 494:
      PageTitle(
        "400 Request Header Or Cookie Too Large", detail: "Request Header Or Cookie Too Large")
    case 495:
      PageTitle("400 The SSL certificate error", detail: "The SSL certificate error")
    case 496:
      PageTitle(
        "400 No required SSL certificate was sent", detail: "No required SSL certificate was sent")
    case 497:
      PageTitle(
        "400 The plain HTTP request was sent to HTTPS port",
        detail: "The plain HTTP request was sent to HTTPS port")
    default: PageTitle("404 Not Found")
    }
  }
}
