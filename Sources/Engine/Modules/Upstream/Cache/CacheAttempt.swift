import Bytes
import Sockets
import Wire

/// What one request has to do with a cache: what it looks for, found, holds and writes.
///
/// Confined to the loop of its exchange. Whoever makes one calls ``release()`` at the end.
final class CacheAttempt: ResponseKeeper {
  let policy: CachePolicy
  let zone: CacheZone
  let exchange: Exchange
  let key: ByteString
  var settings: CacheSettings { _read { yield policy.settings } }

  /// Whether the program made the request itself, to renew a response.
  let isBackground: Bool

  /// What `$upstream_cache_status` says.
  var status = CacheStatus.miss {
    didSet { exchange.madeExtras.cacheStatus = status }
  }

  /// Whether the response may be stored; decided bit by bit.
  var isCacheable = true

  /// Others will want what this client does not wait for.
  var outlivesClient: Bool { isCacheable }

  /// Whether a `HEAD` request is sent as `GET`.
  let convertsHead: Bool

  /// The response that is stored, once it has been found.
  private(set) var stored: StoredResponse?

  /// Whether the stored response may be used on errors, as it said itself.
  var isUsableOnError = false

  let mainDigest: CacheDigest
  var digest: CacheDigest

  /// Whether ``digest`` is that of a variant.
  var isVariant = false
  var node: CacheNode?

  /// The mark of the request's own update of the node; nil where it has none.
  private var mark: Int?

  /// Until when the request waits for another; nil before it does.
  private var patience: Milliseconds?
  private var hasLostPatience = false

  var freshness: CacheFreshness?
  var failure: (status: Int, until: Int)?
  var writer: CacheWriter?

  init(
    _ exchange: Exchange, _ policy: CachePolicy, _ zone: CacheZone, key: ByteString,
    convertsHead: Bool
  ) {
    self.exchange = exchange
    self.policy = policy
    self.zone = zone
    self.key = key
    self.convertsHead = convertsHead && exchange.method == .head
    mainDigest = CacheDigest(of: key)
    digest = mainDigest
    isBackground = exchange.extras?.isCacheUpdate ?? false
  }

  var now: Int { Int(exchange.loop.clock.seconds) }

  // MARK: - Looking up

  /// What a request comes to.
  enum Verdict {
    /// The stored response answers it; whether it is to be renewed meanwhile.
    case serves(StoredResponse, renews: Bool)
    /// A failure of before answers it.
    case fails(status: Int)
    /// The server is asked.
    case asks
  }

  /// Looks for a response, and waits for another request that fetches it.
  func lookUp() async throws(Failure) -> Verdict {
    status = .miss
    if CachePolicy.holds(settings.bypass, for: exchange) {
      status = .bypass
      return .asks
    }
    while true {
      switch look() {
      case .decided(let verdict):
        if case .asks = verdict, policy.passesRange(of: exchange) { isCacheable = false }
        return verdict
      case .waits(let deadline): try await wait(until: deadline)
      }
    }
  }

  private enum Look {
    case decided(Verdict)
    case waits(until: Milliseconds)
  }

  private func look() -> Look {
    let found = zone.find(digest, held: node, minimumUses: settings.minimumUses, now: now)
    guard let found else {
      exchange.logError(.alert, "could not allocate node in cache keys zone \"\(zone.name)\"")
      isCacheable = false
      return .decided(.asks)
    }
    node = found.node
    switch found.finding {
    case .failed(let status):
      self.status = .hit
      return .decided(.fails(status: status))
    case .entry(let triesFile, let isScarce):
      if triesFile, let look = open() { return look }
      guard isScarce else { return lock() }
      isCacheable = false
      return .decided(.asks)
    }
  }

  /// Opens the file; nil where there is none of use.
  private func open() -> Look? {
    let path = zone.path(of: digest)
    switch StoredResponse.open(path, key: key, buffers: exchange.loop.buffers) {
    case .missing: return nil
    case .unusable(let reason):
      exchange.logError(.crit, "cache file \"\(path)\" \(reason)")
      return nil
    case .failed(let error):
      exchange.logError(.crit, "\(error.call)() \"\(path)\" failed \(error.reason)")
      return nil
    case .response(let response): return judge(response)
    }
  }

  private func judge(_ response: StoredResponse) -> Look? {
    let head = response.stored
    if !head.vary.isEmpty {
      let variant = variant(vary: head.vary)
      guard variant == head.variant else { return isVariant ? nil : turn(to: variant) }
    }
    stored = response
    if let node { zone.index.noteFound(node, size: response.diskSize) }
    guard head.validUntil < now else {
      status = .hit
      return .decided(.serves(response, renews: false))
    }
    return .decided(judgeStale(response))
  }

  private func judgeStale(_ response: StoredResponse) -> Verdict {
    let head = response.stored
    let isUsable =
      settings.useStale.contains(.updating)
      || head.validUntil.adding(head.updatingSeconds) >= now
    isUsableOnError = head.validUntil.adding(head.errorSeconds) >= now
    let ownUpdate = node.flatMap { zone.index.beginUpdate($0) }
    if let ownUpdate {
      mark = ownUpdate
      if isUsable, settings.updatesInBackground, !isBackground, exchange.body.framing == .none {
        status = .stale
        return .serves(response, renews: true)
      }
    } else if isUsable, !isBackground {
      status = .updating
      return .serves(response, renews: false)
    }
    status = .expired
    return .asks
  }

  func variant(vary: ByteString) -> CacheDigest {
    CacheVariant.digest(key: mainDigest, vary: vary, request: exchange.request.fields)
  }

  /// Goes on with another variant of the response.
  private func turn(to variant: CacheDigest) -> Look {
    leaveNode()
    digest = variant
    isVariant = true
    return look()
  }

  // MARK: - Waiting

  private func lock() -> Look {
    guard settings.isLocking, !isBackground, let node else { return .decided(.asks) }
    let loop = exchange.loop
    let age = Milliseconds(settings.lockAge.milliseconds)
    let waiter = CacheWaiter(loop: loop, waiter: exchange.waiter)
    switch zone.index.lock(node, now: loop.now, age: age, waiter) {
    case .isOwn(let mark):
      self.mark = mark
      return .decided(.asks)
    case .waits(let until):
      let end =
        patience ?? loop.deadline(after: Milliseconds(settings.lockTimeout.milliseconds))
      patience = end
      guard !hasLostPatience, end > loop.now else {
        isCacheable = false
        return .decided(.asks)
      }
      return .waits(until: min(until, end))
    }
  }

  private func wait(until deadline: Milliseconds) async throws(Failure) {
    switch await exchange.waiter.wait(until: deadline) {
    case .interrupted: throw .aborted
    case .ready:
      guard !exchange.connection.stream.socket.isHungUp else {
        exchange.logError(.info, "client prematurely closed connection")
        throw .aborted
      }
    case .timedOut:
      guard let patience, patience <= exchange.loop.now else { return }
      exchange.logError(.info, "cache lock timeout")
      hasLostPatience = true
    }
  }

  /// The date and the entity tag of the stored response that the server is asked to confirm.
  var confirmedDate: ByteString? {
    confirmed?.lastModified.map { HTTPDate.format($0) }
  }

  var confirmedTag: ByteString? {
    guard let tag = confirmed?.entityTag, !tag.isEmpty else { return nil }
    return tag
  }

  private var confirmed: StoredHead? {
    settings.isRevalidating && status == .expired ? stored?.stored : nil
  }

  // MARK: - Failures and the end

  /// Notes that an error page answers in the place of the response; it does so again for a while.
  func noteIntercepted(_ status: Int) {
    guard governsResponse, let freshness,
      let until = validUntil(freshness, ofStatus: status)
    else { return }
    failure = (status, until)
  }

  /// Notes that no server answered; that holds for a while where the configuration says so.
  func noteFailure(_ problem: Failure) {
    guard isCacheable, case .status(let status) = problem, status == 502 || status == 504,
      let until = configuredValidity(ofStatus: status)
    else { return }
    failure = (status, until)
  }

  /// Leaves the update to the request that renews the response in the background.
  ///
  /// - Returns: What ends the update, to be called once that request has ended; nil where there is
  ///   no update.
  func handOverUpdate() -> (() -> Void)? {
    guard let node, let mark else { return nil }
    self.node = nil
    self.mark = nil
    let (index, isKept) = (zone.index, settings.minimumUses > 1)
    return { index.release(node, mark: mark, failure: nil, isKept: isKept) }
  }

  /// Gives the node back; who waits for the response asks the servers or looks again.
  func leaveNode() {
    guard let node else { return }
    zone.index.release(
      node, mark: mark, failure: failure, isKept: settings.minimumUses > 1)
    self.node = nil
    mark = nil
  }

  /// Gives back what the request holds.
  func release() {
    writer?.release()
    writer = nil
    leaveNode()
    if let content = stored?.content { exchange.loop.buffers.give(content) }
    stored = nil
  }
}
