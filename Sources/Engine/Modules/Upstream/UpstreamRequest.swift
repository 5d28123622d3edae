import Bytes
import Sockets
import Wire

/// The road of a request to an upstream server and of the response back.
///
/// choose a peer → connect → send → read the head → relay; after a failure once more with the next
/// peer, as long as the client has seen nothing. Both directions are pumped by one task with one
/// waiter: whatever moves first moves.
///
/// A subclass adds a protocol such as HTTP or FastCGI. What it does is synchronous: bytes in, bytes
/// out; the waiting is done here.
class UpstreamRequest: AwaitedAnswer {
  final let exchange: Exchange

  /// How servers are asked; the site of the exchange keeps it.
  final let handler: Lent<UpstreamHandlerSettings>
  private let lentSettings: LentValue<UpstreamSettings>

  /// Whose idle connections may be used; see `keepalive`.
  final let owner: ObjectIdentifier
  final var settings: UpstreamSettings { _read { yield lentSettings.value } }

  /// The group of servers that is asked; the site keeps it, the exchange, or ``keptUpstream``.
  private(set) final var upstream: Lent<Upstream>

  /// The host that takes the place of ``upstream`` once it has been resolved.
  private let host: UnresolvedHost?

  /// The group where nobody else keeps it.
  private var keptUpstream: Upstream?

  var phase = UpstreamPhase.connecting

  /// The name of the peer that is asked; ``run()`` keeps the peer.
  var peerName: ByteString { peer?.name ?? upstream.name }
  private var peer: Lent<Peer>?

  /// Who chooses the peers, once their names have been looked up; nil for a sole peer.
  var chooser: PeerChooser?

  /// What the cache in front of the servers makes of the request; nil without one.
  var cache: CacheAttempt?

  /// That, or what stores the response as a file.
  var keeper: (any ResponseKeeper)?

  /// Why no server's response is passed on; nil before that is certain.
  private(set) var refusal: NextUpstream?

  /// How many attempts a sole peer has left.
  private var soleTries = 1
  var connection: UpstreamConnection?

  /// Whether an attempt has begun whose end has not been noted.
  var isAttemptUnderWay = false

  /// The attempt under way, where variables and the log find it.
  var attempt: UpstreamAttempt {
    _read { yield exchange.upstreamAttempts.current }
    _modify { yield &exchange.upstreamAttempts.current }
  }

  /// How many attempts have begun, without those that found a kept-alive connection closed.
  private var tries = 0

  /// When no other attempt may begin any more; see `proxy_next_upstream_timeout`.
  private var retryDeadline = Milliseconds.max
  var hasSentRequest = false
  var isFromPool = false

  // MARK: Request direction, see RequestPump
  var content = RequestContent.none

  /// What is to be sent to the server; nil before there is something, and once all was sent.
  var output: ByteBuffer?
  var isRequestSent = false

  /// Whether the server takes nothing more, though it may have answered; see RequestPump.
  var hasSendFailed = false
  var hasRequestEnd = false
  var lastWrite: Milliseconds = 0

  // MARK: Response direction, see ResponsePump

  /// Where the head of a response is read; nil before and afterwards.
  var headInput: ByteBuffer?

  /// Content that has been read and not passed on yet; small until there is some.
  let input: ByteBuffer

  /// How many interim responses the attempt has brought.
  var interimCount = 0

  /// Whether the head of a response is there.
  var hasHead = false
  var isContentComplete = false
  var rounds = Rounds()
  var lastRead: Milliseconds = 0
  var lastDelivery: Milliseconds = 0
  var attemptStart: Milliseconds = 0

  /// Whether the response is read ahead of the client, instead of in step with it.
  var isBuffering: Bool

  /// How fast content may be read.
  var readLimit = ReadLimit()

  init(
    _ exchange: Exchange, to upstream: Lent<Upstream>, resolving host: UnresolvedHost?,
    _ handler: Lent<UpstreamHandlerSettings>, owner: Lent<ConnectionOwner>,
    keeping keptUpstream: Upstream? = nil
  ) {
    self.keptUpstream = keptUpstream
    self.handler = handler
    self.owner = owner.identity
    lentSettings = handler.settings
    isBuffering = lentSettings.value.isBuffering
    input = exchange.takeBuffer(1024)
    self.upstream = upstream
    self.host = host
    self.exchange = exchange
  }

  final var loop: EventLoop { _read { yield exchange.connection.loop } }

  // MARK: - What a protocol adds

  /// How log lines show an upstream server's URI, such as `http://127.0.0.1:8080/path`.
  func shownURI(peer: ByteString) -> String { "\(peer)" }

  /// Prepares the protocol for an attempt.
  func beginProtocol() {}

  /// Appends the head of the request.
  ///
  /// - Throws: Where the request cannot be said in this protocol.
  func writeHead(to output: ByteBuffer) throws(UpstreamFailure) {}

  /// Appends content with the framing that the protocol wants, and consumes it.
  func writeContent(_ content: ByteBuffer, to output: ByteBuffer) {}

  /// Appends what follows the last content.
  func writeEnd(to output: ByteBuffer) {}

  /// Reads the head of the response; the head takes over a buffer, this one or another, whose
  /// bytes behind the head are the input from then on.
  ///
  /// - Returns: nil where more bytes are needed.
  func readHead(_ input: ByteBuffer) throws(UpstreamFailure) -> ResponseHead? { nil }

  /// Prepares for the content behind a head.
  ///
  /// - Returns: The number of bytes of content where the head announces it.
  func startContent(
    after head: ResponseHead, _ options: ConnectionOptions
  ) throws(UpstreamFailure) -> Int? { nil }

  /// Looks at the front of the input for content.
  func nextRun(of input: ByteBuffer) throws(UpstreamFailure) -> ContentRun {
    ContentRun(framing: 0, content: input.count, isEnd: false)
  }

  /// Whether the response has no content by its nature.
  var hasNoContent: Bool { false }

  /// Whether content may come nonetheless that a keeper of the response wants.
  var mayHaveContentForKeeper: Bool { false }

  /// Whether the end of the connection is the end of the content.
  var endsWithConnection: Bool { true }

  /// Whether the connection may serve another request, once the content is complete.
  var isConnectionReusable: Bool { false }

  /// Asks peers until one answers or none is left.
  ///
  /// What it calls for single steps is not inlined: its locals would lie in the task's memory as
  /// long as the request waits.
  ///
  /// - Throws: 502 or 504 where none answers; what the client did wrong.
  @inline(never)
  final override func run() async throws(Failure) -> HandlerOutcome {
    defer { release() }
    if exchange.body.framing != .none { try await prepareContent() }
    exchange.upstreamAttempts.beginGroup()
    if let host { try await resolve(host) }
    if upstream.hasNamesToLookUp { await upstream.object.lookUpNames(for: exchange) }
    chooser = upstream.withObject { $0.solePeer == nil ? $0.chooser(for: exchange) : nil }
    setRetryDeadline()
    while let peer = nextPeer() {
      tries += 1
      do throws(UpstreamFailure) {
        begin(peer)
        let connection =
          if let idle = idleConnection(to: peer) { idle } else {
            try await connect(to: peer.object)
          }
        self.connection = connection
        try startRequest()
        while true {
          switch try advance(on: connection) {
          case .finished(let outcome):
            // A tunnel keeps its peer busy until it ends.
            if phase != .tunnelling { giveBack(peer, failed: false) }
            chooser?.sticky?.ended()
            return outcome
          case .isTurnOver:
            if await exchange.waiter.yieldToOthers() == .interrupted {
              throw .exchange(.aborted)
            }
          case .waits:
            let wait = try prepareWait()
            try judge(await exchange.wait(until: wait.deadline), of: wait)
          }
        }
      } catch {
        try attemptFailed(error, peer)
      }
    }
    throw noLiveUpstreams()
  }

  /// Gives a peer back that did not answer as it should; throws where no other may be asked.
  @inline(never)
  private func attemptFailed(_ error: UpstreamFailure, _ peer: Lent<Peer>) throws(Failure) {
    let isStale = isFromPool && !hasHead && error.isOfConnection
    giveBack(peer, failed: !isStale && error.isPeersFault)
    try giveUpOrGoOn(error, canRetry: isStale || canRetry())
    if isStale {
      if let chooser { chooser.remainingTries += 1 } else { soleTries += 1 }
      tries -= 1
    }
  }

  @inline(never)
  private func resolve(_ host: UnresolvedHost) async throws(Failure) {
    let upstream = try await exchange.resolve(host)
    self.upstream = Lent(upstream)
    keptUpstream = upstream
  }

  @inline(never)
  private func setRetryDeadline() {
    guard settings.nextUpstreamTimeout > .zero else { return }
    retryDeadline = loop.deadline(after: Milliseconds(settings.nextUpstreamTimeout.milliseconds))
  }

  /// The peer to ask; the group keeps it, or the chooser.
  @inline(never)
  private func nextPeer() -> Lent<Peer>? {
    if let chooser { return chooser.next().map { Lent($0) } }
    return upstream.withObject { $0.solePeer.map { Lent($0) } }
  }

  @inline(never)
  private func giveBack(_ peer: Lent<Peer>, failed: Bool) {
    // A sole peer is never disabled: nothing could take its place.
    if let chooser { chooser.finished(peer.object, failed: failed) } else { soleTries = 0 }
  }

  @inline(never)
  private func noLiveUpstreams() -> Failure {
    // nginx does not start with such a name.
    let reason = upstream.lacksAddresses ? ", since \"\(upstream.name)\" has no address" : ""
    exchange.logError(
      .error, "no live upstreams while connecting to upstream\(reason)",
      upstream: shownURI(peer: upstream.name))
    exchange.upstreamAttempts.begin(upstream.name)
    attempt.status = 502
    exchange.upstreamAttempts.noteCurrent()
    refusal = .error
    return .status(502)
  }

  /// - Parameter isUnderWay: Whether the attempt before has not been given back to the chooser yet.
  private func canRetry(isUnderWay: Bool = false) -> Bool {
    let remainingTries = chooser?.remainingTries ?? soleTries
    return (settings.nextUpstreamTries == 0 || tries < settings.nextUpstreamTries)
      && remainingTries > (isUnderWay ? 1 : 0) && loop.now < retryDeadline
  }

  /// Logs a failure; throws it unless another peer may be asked.
  private func giveUpOrGoOn(_ error: UpstreamFailure, canRetry: Bool) throws(Failure) {
    closeConnection()
    // nginx: an attempt without a response has the status that the client would get.
    if case .peer(let failure) = error, attempt.status == nil { attempt.status = failure.status }
    endAttempt()
    switch error {
    case .exchange(let failure): throw failure
    case .peer(let failure):
      if !failure.message.isEmpty {
        exchange.logError(
          .error, "\(failure.message) while \(phase.rawValue)",
          upstream: shownURI(peer: peerName))
      }
      if exchange.response.isHeadSent {
        exchange.isPersistent = false
        throw .aborted
      }
      guard canRetry, settings.nextUpstream.contains(failure.reason), isReplayable else {
        refusal = failure.reason
        throw .status(failure.status)
      }
    }
  }

  /// Whether the request may be sent once more: nothing is lost, and nothing is done twice.
  private var isReplayable: Bool {
    if case .client = content, exchange.body.isStreamed { return false }
    if phase == .connecting || phase == .handshaking || !hasSentRequest { return true }
    if settings.nextUpstream.contains(.nonIdempotent) { return true }
    // nginx: POST, LOCK and PATCH may not be repeated (RFC 9110, section 9.2.2).
    return exchange.method != .post && exchange.method != .lock && exchange.method != .patch
  }

  // MARK: - One attempt

  @inline(never)
  private func begin(_ peer: Lent<Peer>) {
    self.peer = peer
    peer.withObject { exchange.upstreamAttempts.begin($0.name) }
    isAttemptUnderWay = true
    hasSentRequest = false
    attemptStart = loop.now
    isRequestSent = false
    hasSendFailed = false
    hasRequestEnd = false
    hasHead = false
    interimCount = 0
    isContentComplete = false
    output?.clear()
    input.clear()
    headInput?.clear()
    content.rewind()
    if exchange.upstreamResponse != nil { exchange.upstreamResponse = nil }
    beginProtocol()
  }

  /// Writes the head of the request, now that there is a connection to send it on.
  @inline(never)
  private func startRequest() throws(UpstreamFailure) {
    attempt.connectTime = loop.now - attemptStart
    lastWrite = loop.now
    lastRead = loop.now
    phase = .sendingRequest
    let head = output.take() ?? exchange.takeBuffer(2048)
    try writeHead(to: head)
    output = head
  }

  /// Moves what can be moved without waiting.
  ///
  /// Not inlined: each point where ``run()`` waits would get a copy of its own.
  @inline(never)
  private func advance(
    on connection: UpstreamConnection
  ) throws(UpstreamFailure) -> Progress {
    if !hasHead {
      guard let head = try awaitHead(on: connection.stream) else { return .waits }
      attempt.status = head.status
      attempt.headerTime = loop.now - attemptStart
      exchange.upstreamResponse = head
      exchange.upstreamAttempts.noteCurrent()
      try checkStatus(head)
      if let outcome = try pass(head) { return .finished(outcome) }
    }
    if let pause = try relay(from: connection.stream) { return pause }
    finishConnection()
    keeper?.complete()
    return .finished(.responded)
  }

  /// A status that `proxy_next_upstream` names makes the next peer answer, if there is one.
  private func checkStatus(_ head: ResponseHead) throws(UpstreamFailure) {
    let reason = NextUpstream.ofStatus(head.status)
    guard !reason.isEmpty, settings.nextUpstream.contains(reason), isReplayable,
      canRetry(isUnderWay: true)
    else { return }
    throw .peer(PeerFailure(reason: reason, message: "", status: head.status))
  }

  // MARK: - Ends

  func endAttempt() {
    guard isAttemptUnderWay else { return }
    isAttemptUnderWay = false
    attempt.responseTime = loop.now - attemptStart
    exchange.upstreamAttempts.noteCurrent()
  }

  /// Gives back what the request holds; it must not be used afterwards.
  func release() {
    closeConnection()
    endAttempt()
    if let buffer = output.take() { exchange.giveBuffer(buffer) }
    if let buffer = headInput.take() { exchange.giveBuffer(buffer) }
    exchange.giveBuffer(input)
  }
}
