import Bytes
import Sockets
import Wire

/// From a request head to an exchange: target, host, server, framing and persistence.
extension ClientConnection {
  func makeExchange(_ head: consuming RequestHead) -> Exchange {
    separateInput(of: head)
    if behind != 0 { catchUp() }
    var path = servingLoop.takePath()
    let target: RequestTarget
    let named: HostName?
    let framing: MessageFraming
    let isPersistent: Bool
    do throws(HeadRefusal) {
      target = try self.target(
        of: head, mergesSlashes: settings.core.mergesSlashes, path: &path)
      named = try host(of: head, target)
      guard !UniqueFields.isAnyRepeated(in: head.fields) else {
        throw HeadRefusal(status: 400, reason: "client sent duplicate header line")
      }
      framing = try self.framing(of: head)
      isPersistent = try readConnectionOptions(of: head.fields, in: head.version)
    } catch {
      return refusedExchange(consume head, error)
    }
    let port = named?.port
    let exchange = Exchange(
      connection: self, request: consume head,
      body: framing == .none ? servingLoop.noContent : RequestBody(framing),
      server: presumedServer, path: consume path,
      host: (consume named)?.name ?? ByteString(), target: target)
    exchange.port = port
    chooseServer(for: exchange)
    exchange.failureOfHead = TLSRules.failure(of: exchange)
    exchange.isPersistent = isPersistent
    return exchange
  }

  /// An exchange for a head that could not be read, so that it is answered and logged.
  func makeExchange(refused error: RequestHeadError, _ head: RequestHead) -> Exchange {
    if behind != 0 { catchUp() }
    requestCount += 1
    servingLoop.requestBegan()
    let exchange = refusedExchange(
      head, HeadRefusal(status: error.status, reason: "\(error.logMessage)"))
    return exchange
  }

  private func refusedExchange(_ head: consuming RequestHead, _ refusal: HeadRefusal) -> Exchange {
    let exchange = Exchange(
      connection: self, request: consume head, body: servingLoop.noContent, server: presumedServer,
      path: ByteString(), host: ByteString())
    exchange.failureOfHead = .status(refusal.status)
    exchange.logError(.info, "\(refusal.reason) while reading client request headers")
    return exchange
  }

  private func target(
    of head: borrowing RequestHead, mergesSlashes: Bool, path: inout ByteString
  ) throws(HeadRefusal) -> RequestTarget {
    guard let target = try? RequestTarget(of: head, mergesSlashes: mergesSlashes, path: &path)
    else {
      throw HeadRefusal(status: 400, reason: "client sent invalid request")
    }
    // nginx: CONNECT is for forward proxies, TRACE tells too much; both are refused.
    guard head.method != .connect, head.method != .trace else {
      throw HeadRefusal(status: 405, reason: "client sent \(head.method) method")
    }
    guard target.form != .asterisk else {
      throw HeadRefusal(status: 400, reason: "client sent invalid request")
    }
    return target
  }

  /// The host of the target or of `Host` (RFC 9112, section 3.2.2).
  private func host(
    of head: borrowing RequestHead, _ target: RequestTarget
  ) throws(HeadRefusal) -> HostName? {
    guard let place = head.fields.firstIndex(of: .host) else {
      guard head.version < .http11 else {
        throw HeadRefusal(
          status: 400, reason: "client sent HTTP/1.1 request without \"Host\" header")
      }
      return target.authority.isEmpty ? nil : try name(head, target.authority)
    }
    guard head.fields.nextIndex(of: .host, behind: place) == nil else {
      throw HeadRefusal(status: 400, reason: "client sent duplicate host header")
    }
    guard let fromField = self.host(in: head.fields[place], of: head.fields) else {
      throw HeadRefusal(status: 400, reason: "client sent invalid host header")
    }
    return target.authority.isEmpty ? fromField : try name(head, target.authority)
  }

  private func name(
    _ head: borrowing RequestHead, _ range: ByteRange
  ) throws(HeadRefusal) -> HostName {
    guard let host = HostName(head.buffer, in: range.range) else {
      throw HeadRefusal(status: 400, reason: "client sent invalid host header")
    }
    return host
  }

  private func framing(of head: borrowing RequestHead) throws(HeadRefusal) -> MessageFraming {
    do {
      return try MessageFraming.ofRequest(head.fields, version: head.version)
    } catch {
      throw HeadRefusal(status: error.status, reason: "\(error.requestLogMessage)")
    }
  }

  /// Not inlined: that would have its caller count more references.
  @inline(never)
  private func chooseServer(for exchange: Exchange) {
    guard !listener.servers.hasNoNames || namedServer != nil else { return }
    listener.chooseServer(for: exchange)
  }

  /// Whether the client wants to keep the connection (RFC 9112, section 9.3).
  ///
  /// Fields that `Connection` names concern this connection alone, so they end here (RFC 9110,
  /// section 7.6.1).
  private func readConnectionOptions(
    of fields: Fields, in version: ProtocolVersion
  ) throws(HeadRefusal) -> Bool {
    guard fields.known.contains(.connection) else { return version >= .http11 }
    let options = ConnectionOptions(of: fields)
    guard !options.hasTooMany else {
      throw HeadRefusal(status: 400, reason: "client sent too many connection options")
    }
    if !options.nominated.isEmpty { options.removeNominated(from: fields) }
    return options.persists(in: version)
  }
}

/// A value of `Host`, and the host that it is; nil where it is invalid.
struct NamedHost {
  let value: ByteString
  let name: HostName?

  init(_ value: ByteString) {
    self.value = value
    name = HostName(value)
  }
}

/// Why a head that could be parsed is refused all the same.
struct HeadRefusal: Error {
  let status: Int
  let reason: String
}

extension Exchange {
  /// Whether the settings let the connection carry another request.
  var allowsPersistence: Bool {
    settings.core.keepaliveTimeout > .zero
      && connection.requestCount < settings.core.keepaliveRequests
      && Int(loop.now - connection.startTime) <= settings.core.keepaliveTime.milliseconds
      && !connection.isLeaving
      && !settings.core.keepaliveDisabled.concerns(self)
  }
}
