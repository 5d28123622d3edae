import Bytes
import Sockets
import Wire

/// What happens to an upstream response: the head's fields, then the content.
extension UpstreamRequest {
  /// Decides what becomes of a response, and sends its head to the client.
  ///
  /// - Returns: nil where the content is to be relayed.
  func pass(_ head: ResponseHead) throws(UpstreamFailure) -> HandlerOutcome? {
    cache?.readFreshness(of: head)
    let options = ConnectionOptions(of: head.fields)
    if !options.nominated.isEmpty { options.removeNominated(from: head.fields) }
    guard !options.hasTooMany else {
      throw .invalid("upstream sent too many connection options")
    }
    chooser?.sticky?.headCame()
    if head.status == 101 {
      cache?.refuse()
      return try isUpgradeAsked ? startTunnel(head) : endBehind(head)
    }
    if let cache, let outcome = try meet(head, options, cache) { return outcome }
    if head.fields.known.intersects(handler.adviceFields) {
      applyAdvice(head)
      if let outcome = try internalRedirect(head) { return outcome }
      applyBuffering(head)
    }
    if settings.interceptsErrors, head.status >= 300 { try intercept(head) }
    let length = try startContent(after: head, options)
    if handler.limitsRate, isBuffering {
      readLimit = ReadLimit(rate: settings.limitRate.value(for: exchange), start: loop.now)
    }
    exchange.response.isInStep = !isBuffering
    copyHead(head, length: length)
    if let cache { startStoring(head, cache) }
    if let keeper, isBuffering { (keeper as? StoreAttempt)?.start(head) }
    if hasNoContent, !(mayHaveContentForKeeper && keeper?.isStoring ?? false) {
      isContentComplete = true
    }
    if settings.forcesRanges { exchange.response.forceRanges(oneOnly: true) }
    do throws(Failure) {
      try exchange.sendHead()
    } catch {
      throw .exchange(error)
    }
    phase = .readingContent
    lastDelivery = loop.now
    return nil
  }

  /// `X-Accel-Redirect`: the application names the path that shall be served in its stead.
  private func internalRedirect(_ head: ResponseHead) throws(UpstreamFailure) -> HandlerOutcome? {
    guard !settings.ignoredFields.contains(.accelRedirect),
      let target = head.fields.value(of: .xAccelRedirect)
    else { return nil }
    do throws(Failure) {
      try exchange.countPathChange()
    } catch {
      throw .exchange(error)
    }
    exchange.response.forgetHead()
    // nginx keeps a few fields of the response: those that describe it for the client.
    for name in Self.keptFields {
      head.fields.forEach(name) { handler.fields.copy($0, of: head.fields, for: exchange) }
    }
    closeConnection()
    if target.hasPrefix("@") {
      guard let location = exchange.server.locations.named(target) else {
        throw .exchange(.status(404))
      }
      exchange.isInternal = true
      return .redirectedToLocation(location)
    }
    guard let (path, query) = target.decodedTarget else {
      exchange.logError(.error, "unsafe URI \"\(target)\" was detected")
      throw .exchange(.status(404))
    }
    if exchange.method != .head { exchange.method = .get }
    exchange.redirectInternally(to: path, query: query)
    return .redirectedInternally
  }

  private static let keptFields: [KnownField] = [
    .contentType, .setCookie, .contentDisposition, .cacheControl, .expires, .acceptRanges,
  ]

  /// Lets an `error_page` take the place of the response, where there is one for its status.
  private func intercept(_ head: ResponseHead) throws(UpstreamFailure) {
    let pages = exchange.settings.core.errorPages
    guard pages.contains(where: { $0.statuses.contains(head.status) }) else { return }
    if head.status == 401 {
      head.fields.forEach(.wwwAuthenticate) {
        handler.fields.copy($0, of: head.fields, for: exchange)
      }
    }
    cache?.noteIntercepted(head.status)
    throw .exchange(.status(head.status))
  }

  /// Follows what an application says of its response: `X-Accel-Limit-Rate`, `X-Accel-Charset`.
  func applyAdvice(_ head: ResponseHead) {
    if let text = head.fields.value(of: .xAccelLimitRate),
      !settings.ignoredFields.contains(.accelLimitRate), let rate = text.decimalNumber
    {
      exchange.limitRate = rate
    }
    if let charset = head.fields.value(of: .xAccelCharset), !charset.isEmpty,
      !settings.ignoredFields.contains(.accelCharset)
    {
      exchange.madeExtras.wantedCharset = charset
    }
  }

  private func applyBuffering(_ head: ResponseHead) {
    guard !settings.ignoredFields.contains(.accelBuffering) else { return }
    if head.fields.value(of: .xAccelBuffering, isIgnoringCase: "no") { isBuffering = false }
    if head.fields.value(of: .xAccelBuffering, isIgnoringCase: "yes") { isBuffering = true }
  }

  // MARK: - Fields

  /// Copies what the client shall see of a head.
  func copyHead(_ head: ResponseHead, length: Int?) {
    exchange.response.contentLength = length
    handler.withObject { $0.copy(head, for: exchange) }
  }
}

/// Fields of an upstream response that are not simply copied.
enum SpecialField {
  /// What concerns the connection to the server, or the protocol spoken there.
  case ofConnection
  case contentType, date, server, location, refresh, setCookie, none

  init(_ field: KnownField) {
    switch field {
    case .contentLength, .transferEncoding, .connection, .keepAlive, .status: self = .ofConnection
    case .contentType: self = .contentType
    case .date: self = .date
    case .server: self = .server
    case .location: self = .location
    case .refresh: self = .refresh
    case .setCookie: self = .setCookie
    default: self = .none
    }
  }
}

/// Which fields of an upstream response reach the client, and how they change on the way.
final class ResponseFieldRules: Sendable {
  /// The fields that the configuration hides, and those that stay here anyway.
  private let hidden: FieldNameSet

  /// What becomes of the lines of each known field, by ``KnownField/rawValue``.
  private let specials = ResponseFieldRules.allSpecials

  private static let allSpecials = KnownField.allCases.map { SpecialField($0) }
  private static let ofConnection = KnownField.allCases
    .filter { SpecialField($0) == .ofConnection }.map { FieldName($0) }

  /// Makes another value of that of `Location`, `Refresh` or `Set-Cookie`; nil leaves it.
  private let rewrite:
    (@Sendable (_ value: ByteString, _ field: SpecialField, _ exchange: Exchange) -> ByteString?)?

  /// The fields of which only the first counts, as with nginx.
  private let single: KnownFieldSet = [
    .contentType, .date, .lastModified, .entityTag, .server, .location, .expires, .contentEncoding,
  ]

  /// Whether a response of a server that sends no `Date` has none: `proxy_pass_header` names it.
  private let withholdsDate: Bool

  /// The same of `Server`.
  private let withholdsServer: Bool

  /// The fields that nginx keeps from the client unless `…_pass_header` names them.
  static let hiddenByDefault = HiddenFields([
    "date", "server", "x-pad", "x-accel-expires", "x-accel-redirect", "x-accel-limit-rate",
    "x-accel-buffering", "x-accel-charset",
  ])

  /// The names of fields that are hidden unless the configuration says otherwise.
  struct HiddenFields {
    let names: [ByteString]

    /// The same with the fields that concern the connection.
    let all: FieldNameSet

    init(_ names: [ByteString]) {
      self.names = names
      all = FieldNameSet(names.map { FieldName($0) } + ResponseFieldRules.ofConnection)
    }
  }

  init(
    settings: UpstreamSettings, hiddenByDefault: HiddenFields = ResponseFieldRules.hiddenByDefault,
    rewrite: (@Sendable (ByteString, SpecialField, Exchange) -> ByteString?)? = nil
  ) {
    self.rewrite = rewrite
    guard !settings.passedFields.isEmpty || !settings.hiddenFields.isEmpty else {
      (withholdsDate, withholdsServer, hidden) = (false, false, hiddenByDefault.all)
      return
    }
    let passed = Set(settings.passedFields)
    withholdsDate = hiddenByDefault.names.contains("date") && passed.contains("date")
    withholdsServer = hiddenByDefault.names.contains("server") && passed.contains("server")
    let names = Set(hiddenByDefault.names).union(settings.hiddenFields).subtracting(passed)
    hidden = FieldNameSet(names.map { FieldName($0) } + ResponseFieldRules.ofConnection)
  }

  /// Copies what the client shall see of a head.
  func copy(_ head: ResponseHead, for exchange: Exchange) {
    exchange.response.status = head.status
    let text = head.statusText.range
    if !text.isEmpty, !Status.isUsual(head.status, head.buffer, in: text) {
      exchange.response.reason = head.buffer.bytes(in: text)
    }
    if withholdsDate { exchange.response.date = ByteString() }
    if withholdsServer { exchange.response.server = ByteString() }
    let fields = head.fields
    let repeated = fields.repeated.intersection(single)
    var seen = KnownFieldSet()
    for index in 0..<fields.count where !fields[index].isRemoved {
      let known = fields[index].known
      if repeated.contains(known) {
        guard !seen.contains(known) else {
          exchange.logDuplicate(fields[index], of: fields)
          continue
        }
        seen.insert(known)
      }
      if !isHidden(fields[index], of: fields) { copyApart(index, of: fields, for: exchange) }
    }
  }

  @inline(__always)
  func isHidden(_ line: FieldLine, of fields: Fields) -> Bool { hidden.contains(line, of: fields) }

  /// Copies a line, unless it is hidden.
  func copy(_ line: FieldLine, of fields: Fields, for exchange: Exchange) {
    if !isHidden(line, of: fields) { copyVisible(line, of: fields, for: exchange) }
  }

  /// Not inlined: most lines are hidden, and nothing of this is to be prepared for them.
  @inline(never)
  private func copyApart(_ index: Int, of fields: Fields, for exchange: Exchange) {
    copyVisible(fields[index], of: fields, for: exchange)
  }

  @inline(__always)
  private func copyVisible(_ line: FieldLine, of fields: Fields, for exchange: Exchange) {
    let special = specials[Int(line.known.rawValue)]
    switch special {
    case .contentType:
      exchange.response.contentType = exchange.withServingLoop {
        $0.texts.text(fields.buffer, in: line.value.range)
      }
    case .date: exchange.response.date = fields.value(of: line)
    case .server: exchange.response.server = fields.value(of: line)
    case .location: copyLocation(line, of: fields, for: exchange)
    case .refresh, .setCookie:
      let value = fields.value(of: line)
      let rewritten = rewrite?(value, special, exchange)
      exchange.response.fields.append(fields.name(of: line), rewritten ?? value)
    case .none, .ofConnection: exchange.response.fields.append(line, of: fields)
    }
  }

  /// Copies `Location`; only a path that a rule has made becomes absolute, as nginx has it.
  private func copyLocation(_ line: FieldLine, of fields: Fields, for exchange: Exchange) {
    let value = fields.value(of: line)
    if let rewritten = rewrite?(value, .location, exchange) {
      exchange.response.location = rewritten
    } else {
      exchange.response.fields.append(fields.name(of: line), value)
    }
  }
}

extension Exchange {
  @inline(never)
  fileprivate func logDuplicate(_ line: FieldLine, of fields: Fields) {
    logError(
      .warn,
      "upstream sent duplicate header line: \"\(fields.name(of: line)): "
        + "\(fields.value(of: line))\", ignored")
  }
}
