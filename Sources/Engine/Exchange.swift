package import Bytes
package import Sockets
package import Wire

/// One request and its response (RFC 9110, section 3.4).
///
/// It lives from the last byte of the request head until the request is logged, and keeps the site
/// that it started with. Confined to its loop, as the unchecked conformance relies on.
package final class Exchange: @unchecked Sendable {
  /// The client's connection.
  package let connection: ClientConnection

  /// The loop of the connection.
  package var loop: EventLoop { _read { yield connection.loop } }

  /// The configuration that the request started with.
  package let site: Site

  /// The head as the client sent it.
  package let request: RequestHead

  /// The request's content.
  package let body: RequestBody

  /// The response in the making.
  package let response: Response

  /// The server that the request chose.
  package var server: Server {
    get { lentServer.object }
    set { lentServer = Lent(newValue) }
  }

  /// The block whose settings apply now.
  package var location: Location {
    get { lentLocation.object }
    set { enter(Lent(newValue)) }
  }

  // ``site`` keeps both.
  private(set) var lentServer: Lent<Server>
  private(set) var lentLocation: Lent<Location>
  private var lentSettings: LentValue<Settings>

  /// What ``location`` has steps of.
  private(set) var steps: LocationSteps = []

  /// See ``Location/upstreamRequest(for:)``.
  func upstreamRequestOfLocation() throws(Failure) -> UpstreamRequest? {
    try lentLocation.withObject { (location) throws(Failure) in
      try location.upstreamRequest(for: self)
    }
  }

  /// Goes to a location.
  func enter(_ location: Lent<Location>) {
    lentLocation = location
    lentSettings = location.lentSettings
    steps = location.steps
  }

  /// Goes to the server that has the host's name.
  func chooseServer(of servers: VirtualServers) {
    lentServer =
      servers.server(named: host)
      ?? servers.server(forUnnamed: host, memory: matchMemory, exchange: self)
  }

  /// Goes to the server's own level.
  func enterServer() { enter(lentServer.withObject { Lent($0.location) }) }

  // MARK: What rewriting changes

  // Small values stand side by side, since an exchange that is a tunnel's may last for hours.

  /// The method, which an internal redirect may change to `GET`.
  package var method: Method

  private var hasOriginalQuery = true

  /// Whether the path is still the one of the request line, so that its own spelling may be used.
  package var hasOriginalPath = true

  /// Whether the request was redirected inside the program; see `internal`.
  package var isInternal = false

  /// Whether the path still belongs to the location, which `rewrite … break` ends: `alias` has
  /// nothing to take the place of then.
  package var isPathOfLocation = true

  /// Whether `rewrite` has changed the path, so that the location is to be found again.
  var isPathChanged = false

  /// Whether groups that `set` and conditions use are percent-encoded as the client had them.
  var encodesCaptures = true

  /// Whether the path follows an `alias` in a regular expression, since `try_files` found it there.
  var addsPathToAlias = false

  /// Whether an `error_page` redirect has been made.
  package var hasErrorPage = false

  /// Whether the connection may carry another request.
  package var isPersistent = false

  /// How often the path may still change: nginx's `NGX_HTTP_MAX_URI_CHANGES`, and the last is none.
  private var remainingPathChanges: UInt8 = 11

  /// The port of `Host` or of the target; nil where the client named none.
  package var port: UInt16?

  /// The path, decoded and normalized: nginx's `$uri`.
  package var path: ByteString {
    didSet { hasOriginalPath = false }
  }

  /// The path, when nobody asks for it any more.
  func takePath() -> ByteString {
    var taken = ByteString()
    swap(&taken, &path)
    return taken
  }

  /// The query: nginx's `$args`; nil where there is none.
  ///
  /// That of the target is copied when somebody asks: a request that is passed on as it came
  /// needs no copy.
  package var query: ByteString? {
    get { hasOriginalQuery ? originalQuery : changedQuery }
    set {
      changedQuery = newValue
      hasOriginalQuery = false
    }
  }

  private var changedQuery: ByteString?

  private var originalQuery: ByteString? {
    guard let target, !target.query.isEmpty else { return nil }
    return request.buffer.bytes(in: target.query.range)
  }

  /// Whom `proxy_pass` asks; the site keeps it, or ``keptTarget``.
  var proxyTarget: Lent<ProxyTarget>?

  /// That, where variables told it; nothing else may take its place.
  var keptTarget: ProxyTarget?

  /// The groups of the last regular expression that matched.
  package var captures: Captures?

  /// The status that an `error_page` redirect shall be answered with.
  @Compact package var errorStatus: Int?

  /// The request target as it was taken apart; nil where the head was refused.
  package var target: RequestTarget?

  // MARK: What is noted on the way

  /// The rate that `$limit_rate` was set to, in bytes for each second; nil leaves it to the
  /// settings.
  @Compact package var limitRate: Int?

  /// The bytes that the connection had sent before this request.
  let firstOutputByte: Int

  /// The host name, in lower case and without port; empty where the client named none.
  package var host: ByteString {
    get { hostPlace.text ?? ByteString() }
    set { hostPlace.text = newValue }
  }

  /// Where ``host`` is.
  private(set) var hostPlace = TextPlace()

  /// When the head was complete, in the loop's time and in milliseconds since 1970.
  package let startTime: Milliseconds
  package let startClock: UInt64

  /// The user name of `Authorization: Basic`, once somebody asked; nil where there is none.
  package var remoteUser: ByteString??

  /// The attempts to reach an upstream server, for the log.
  package var upstreamAttempts = UpstreamAttempts()

  /// The bytes that a tunnel brought to the client, past the output.
  var tunnelledByteCount = 0

  /// The head of the upstream response that is being passed on.
  package var upstreamResponse: ResponseHead?

  /// The number of this request's connection and of the request in the error log.
  package var identifier: ByteString?

  /// What few modules need; nil where none of them has noted anything.
  var extras: ExchangeExtras?

  /// The request that this one was made for; nil for a client's own.
  package var parent: Exchange?

  /// Whether the program made the request itself.
  package var isSubrequest: Bool { parent != nil }

  /// The values that `set`, `map` and named groups have stored, by variable number.
  private var values: [StoredValue] = []

  private enum StoredValue {
    case none
    case absent
    case text(ByteString)
  }

  package init(
    connection: ClientConnection, request: consuming RequestHead, body: consuming RequestBody,
    server: Lent<Server>, path: consuming ByteString, host: consuming ByteString,
    target: RequestTarget? = nil
  ) {
    method = request.method
    self.request = consume request
    self.body = consume body
    lentServer = server
    self.path = consume path
    hostPlace.text = consume host
    self.target = target
    site = connection.site
    lentLocation = server.withObject { Lent($0.location) }
    lentSettings = lentLocation.lentSettings
    response = connection.takeResponse()
    firstOutputByte = connection.output.sentByteCount + connection.output.queuedByteCount
    startTime = connection.loop.now
    startClock = connection.timeOfDay
    self.connection = connection
  }

  /// A request that the program makes itself, beside a client's.
  init(
    beside parent: Exchange, path: ByteString, query: ByteString?, body: RequestBody,
    collector: OutputCollector
  ) {
    connection = ClientConnection(beside: parent.connection, collector: collector)
    request = parent.request
    self.body = body
    lentServer = parent.lentServer
    self.path = path
    hasOriginalQuery = false
    changedQuery = query
    hostPlace.text = parent.host
    port = parent.port
    target = parent.target
    site = parent.site
    lentLocation = parent.lentServer.withObject { Lent($0.location) }
    lentSettings = lentLocation.lentSettings
    method = .get
    isInternal = true
    hasOriginalPath = false
    response = connection.servingLoop.takeResponse()
    firstOutputByte = 0
    startTime = connection.loop.now
    startClock = connection.loop.clock.milliseconds
    identifier = parent.identifier
    values = parent.values
    self.parent = parent
  }

  /// What the current location says.
  package var settings: Settings { _read { yield lentSettings.value } }

  /// The method as a name: the client's own, unless an internal redirect made it `GET`.
  package var methodName: ByteString {
    if method != request.method, let name = method.name { return ByteString("\(name)") }
    return request.buffer.bytes(in: request.methodName.range)
  }

  /// The bytes that went to the client for this request: nginx's `$bytes_sent`.
  ///
  /// What waits in the output counts where the response is complete, since it will be sent.
  package var sentByteCount: Int {
    let output = connection.output
    let waiting = response.isComplete ? output.queuedByteCount : 0
    return max(0, output.sentByteCount + waiting - firstOutputByte) + tunnelledByteCount
  }

  /// Where its task sleeps.
  package var waiter: Waiter { _read { yield connection.waiter } }

  /// Room for matching regular expressions.
  package var matchMemory: MatchMemory { _read { yield connection.servingLoop.matchMemory } }

  /// Collects what a closure writes into a string.
  package func collect(_ body: (ByteBuffer) -> Void) -> ByteString {
    connection.servingLoop.collect(body)
  }

  // MARK: - Variables

  /// Appends the value of a variable.
  ///
  /// - Returns: false where it has none.
  @discardableResult
  package func appendVariable(_ number: Int, to output: ByteBuffer) -> Bool {
    if !values.isEmpty, let isFound = appendStored(number, to: output) { return isFound }
    return site.withVariable(number) { variable in
      variable.isKept
        ? appendKept(variable, number, to: output) : variable.evaluate(self, output)
    }
  }

  /// Appends the value of a variable that has been stored; nil where none has.
  @inline(never)
  private func appendStored(_ number: Int, to output: ByteBuffer) -> Bool? {
    switch values[number] {
    case .none: return nil
    case .absent: return false
    case .text(let text):
      output.append(text)
      return true
    }
  }

  /// Appends the value of a variable and stores it.
  @inline(never)
  private func appendKept(
    _ variable: ResolvedVariable, _ number: Int, to output: ByteBuffer
  ) -> Bool {
    let start = output.count
    let isFound = variable.evaluate(self, output)
    store(isFound ? .text(output.bytes(in: start..<output.count)) : .absent, at: number)
    return isFound
  }

  /// The value of a variable; nil where it has none.
  package func variable(_ number: Int) -> ByteString? {
    var isFound = false
    let value = collect { isFound = appendVariable(number, to: $0) }
    return isFound ? value : nil
  }

  /// Gives a variable a value, as `set` does.
  package func setVariable(_ number: Int, to value: ByteString) {
    if let assign = site.variables[number].assign { return assign(self, value) }
    store(.text(value), at: number)
  }

  private func store(_ value: StoredValue, at number: Int) {
    if values.isEmpty {
      values = Array(repeating: .none, count: site.variables.count)
    }
    values[number] = value
  }

  /// Appends a group of the last regular expression; nothing where it took no part.
  package func appendCapture(_ group: Int, to output: ByteBuffer) {
    guard let captures, let range = captures.range(of: group) else { return }
    captures.subject.bytes.withUnsafeBytes {
      output.append(UnsafeRawBufferPointer(rebasing: $0[range]))
    }
  }

  // MARK: - Redirects

  /// Continues with another path, as if the client had asked for it.
  ///
  /// - Parameter query: nil keeps none.
  package func redirectInternally(to path: ByteString, query: ByteString?) {
    self.path = path
    self.query = query
    isInternal = true
    addsPathToAlias = false
    isPathOfLocation = true
  }

  /// Counts a change of the path.
  ///
  /// - Parameter action: What is being done, for the error log.
  /// - Throws: 500 where a configuration redirects in a circle.
  package func countPathChange(
    _ action: @autoclosure () -> String? = nil
  ) throws(Failure) {
    if remainingPathChanges > 0 { remainingPathChanges -= 1 }
    guard remainingPathChanges > 0 else {
      let action = action() ?? "processing \"\(path)\""
      logError(.error, "rewrite or internal redirection cycle while \(action)")
      throw .status(500)
    }
  }
}
