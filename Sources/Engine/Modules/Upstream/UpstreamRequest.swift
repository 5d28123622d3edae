import Bytes
import Sockets
import Wire

/// The road of a request to an upstream server and of the response back.
///
/// choose a peer → connect → send → read the head → relay; after a failure once more with the next
/// peer, as long as the client has seen nothing. Both directions are pumped with one waiter:
/// whatever moves first moves.
///
/// A subclass adds a protocol such as HTTP or FastCGI. What it does is synchronous: bytes in, bytes
/// out; what is waited for is said here.
class UpstreamRequest: AwaitedAnswer, @unchecked Sendable {
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

  /// What is done next.
  enum Step { case preparation, choice, connecting, relaying }
  var step = Step.preparation

  /// What is waited for.
  private var wait = Wait(deadline: .max, silence: .peer, isPause: false)

  /// The name of the peer that is asked.
  var peerName: ByteString { peer?.name ?? upstream.name }

  /// The peer that is asked; the group keeps it, or the chooser.
  private(set) var peer: Lent<Peer>?

  /// Who chooses the peers, once their names have been looked up; nil for a sole peer.
  var chooser: PeerChooser?

  /// What the cache in front of the servers makes of the request; nil without one.
  var cache: CacheAttempt?

  /// That, or what stores the response as a file.
  var keeper: (any ResponseKeeper)?

  /// Why no server's response is passed on; nil before that is certain.
  var refusal: NextUpstream?

  /// How many attempts a sole peer has left.
  var soleTries = 1
  var connection: UpstreamConnection?

  /// Whether an attempt has begun whose end has not been noted.
  var isAttemptUnderWay = false

  /// Whether any attempt has begun.
  private var hasBegun = false

  /// The attempt under way, where variables and the log find it.
  var attempt: UpstreamAttempt {
    _read { yield exchange.upstreamAttempts.current }
    _modify { yield &exchange.upstreamAttempts.current }
  }

  /// How many attempts have begun, without those that found a kept-alive connection closed.
  var tries = 0

  /// When no other attempt may begin any more; see `proxy_next_upstream_timeout`.
  var retryDeadline = Milliseconds.max
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

  /// What has been read of a head that is not whole yet; nil while there is nothing.
  var partialHead: PartialHead<ResponseHeadParser>?

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
    super.init(exchange)
  }

  final var loop: EventLoop { _read { yield exchange.connection.loop } }

  // MARK: - What a protocol adds

  /// How log lines show an upstream server's URI, such as `http://127.0.0.1:8080/path`.
  func shownURI(peer: ByteString) -> String { "\(peer)" }

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
  final override func run(
    after progress: AwaitedAnswer.Progress? = nil
  ) async throws(Failure) -> HandlerOutcome {
    defer { release() }
    var progress = if let progress { progress } else { try proceed(after: nil) }
    while true {
      switch progress {
      case .finished(let outcome): return outcome
      case .waits(let deadline): progress = try proceed(after: await exchange.wait(until: deadline))
      case .isTurnOver:
        let outcome = await exchange.waiter.yieldToOthers()
        progress = try proceed(after: outcome == .interrupted ? outcome : nil)
      case .needsTask:
        if step == .preparation { try await prepare() } else { try await finishOpening() }
        progress = try proceed(after: nil)
      }
    }
  }

  @inline(never)
  final override func proceed(
    after outcome: WaitOutcome?
  ) throws(Failure) -> AwaitedAnswer.Progress {
    if step == .preparation {
      guard exchange.body.framing == .none, host == nil, !upstream.hasNamesToLookUp else {
        return .needsTask
      }
      exchange.upstreamAttempts.beginGroup()
      becomeReady()
    }
    var outcome = outcome
    while true {
      if step == .choice { try beginAttempt() }
      do throws(UpstreamFailure) {
        return try goOn(after: outcome)
      } catch {
        try attemptFailed(error)
        outcome = nil
      }
    }
  }

  /// Waits for what must be known before a peer is chosen.
  @inline(never)
  private func prepare() async throws(Failure) {
    if exchange.body.framing != .none { try await prepareContent() }
    exchange.upstreamAttempts.beginGroup()
    if let host { try await resolve(host) }
    if upstream.hasNamesToLookUp { await upstream.object.lookUpNames(for: exchange) }
    becomeReady()
  }

  @inline(never)
  private func resolve(_ host: UnresolvedHost) async throws(Failure) {
    let upstream = try await exchange.resolve(host)
    self.upstream = Lent(upstream)
    keptUpstream = upstream
  }

  @inline(__always)
  private func becomeReady() {
    chooser = upstream.withObject { $0.solePeer == nil ? $0.chooser(for: exchange) : nil }
    setRetryDeadline()
    step = .choice
  }

  @inline(__always)
  private func beginAttempt() throws(Failure) {
    guard let peer = nextPeer() else { throw noLiveUpstreams() }
    tries += 1
    begin(peer)
    step = .connecting
  }

  /// Goes on with an attempt, on a connection that was kept open or on a new one.
  @inline(__always)
  private func goOn(
    after outcome: WaitOutcome?
  ) throws(UpstreamFailure) -> AwaitedAnswer.Progress {
    let connection =
      if let kept = self.connection { kept } else { try newConnection() }
    if step == .connecting {
      guard isFromPool || isOpen(connection) else { return .needsTask }
      try startRequest()
    } else if let outcome {
      try judge(outcome, of: wait)
    }
    switch try advance(on: connection) {
    case .isTurnOver: return .isTurnOver
    case .waits:
      wait = try prepareWait()
      return .waits(until: wait.deadline)
    case .finished(let outcome):
      // A tunnel keeps its peer busy until it ends.
      if phase != .tunnelling { giveBack(failed: false) }
      chooser?.sticky?.ended()
      return .finished(outcome)
    }
  }

  /// A connection to the peer of the attempt; it may still have to be waited for.
  @inline(__always)
  private func newConnection() throws(UpstreamFailure) -> UpstreamConnection {
    guard let peer else { preconditionFailure("an attempt has a peer") }
    let connection =
      if let idle = idleConnection(to: peer) { idle } else {
        try openConnection(to: peer.object)
      }
    self.connection = connection
    return connection
  }

  /// Waits for the connection of the attempt.
  @inline(never)
  private func finishOpening() async throws(Failure) {
    guard let connection else { return }
    do throws(UpstreamFailure) {
      try await finishOpening(connection.stream)
      try startRequest()
    } catch {
      try attemptFailed(error)
    }
  }

  // MARK: - One attempt

  @inline(__always)
  private func begin(_ peer: Lent<Peer>) {
    if hasBegun { forgetAttempt() }
    hasBegun = true
    self.peer = peer
    peer.withObject { exchange.upstreamAttempts.begin($0.name) }
    isAttemptUnderWay = true
    attemptStart = loop.now
    if exchange.upstreamResponse != nil { exchange.upstreamResponse = nil }
  }

  /// Forgets what an attempt has left, for the next one.
  @inline(never)
  func forgetAttempt() {
    hasSentRequest = false
    isRequestSent = false
    hasSendFailed = false
    hasRequestEnd = false
    hasHead = false
    interimCount = 0
    isContentComplete = false
    output?.clear()
    input.clear()
    headInput?.clear()
    partialHead = nil
    content.rewind()
  }

  /// Writes the head of the request, now that there is a connection to send it on.
  private func startRequest() throws(UpstreamFailure) {
    step = .relaying
    attempt.connectTime = loop.now - attemptStart
    lastWrite = loop.now
    lastRead = loop.now
    phase = .sendingRequest
    let head = output.take() ?? exchange.takeBuffer(2048)
    try writeHead(to: head)
    output = head
  }

  /// Moves what can be moved without waiting.
  @inline(__always)
  private func advance(
    on connection: UpstreamConnection
  ) throws(UpstreamFailure) -> Movement {
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

  final override func release() { giveEverythingBack() }
}
