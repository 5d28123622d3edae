import Bytes
import Sockets
import Wire

/// Choosing the peers of a request one after the other, and giving them up.
extension UpstreamRequest {
  /// Gives a peer back that did not answer as it should; throws where no other may be asked.
  @inline(never)
  func attemptFailed(_ error: UpstreamFailure) throws(Failure) {
    step = .choice
    let isStale = isFromPool && !hasHead && error.isOfConnection
    giveBack(failed: !isStale && error.isPeersFault)
    try giveUpOrGoOn(error, canRetry: isStale || canRetry())
    if isStale {
      if let chooser { chooser.remainingTries += 1 } else { soleTries += 1 }
      tries -= 1
    }
  }

  @inline(__always)
  func setRetryDeadline() {
    guard settings.nextUpstreamTimeout > .zero else { return }
    retryDeadline = loop.deadline(after: Milliseconds(settings.nextUpstreamTimeout.milliseconds))
  }

  /// The peer to ask; the group keeps it, or the chooser.
  @inline(__always)
  func nextPeer() -> Lent<Peer>? {
    if let chooser { return chooser.next().map { Lent($0) } }
    return upstream.withObject { $0.solePeer.map { Lent($0) } }
  }

  @inline(__always)
  func giveBack(failed: Bool) {
    // A sole peer is never disabled: nothing could take its place.
    guard let chooser, let peer else { return soleTries = 0 }
    chooser.finished(peer.object, failed: failed)
  }

  @inline(never)
  func noLiveUpstreams() -> Failure {
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

  /// A status that `proxy_next_upstream` names makes the next peer answer, if there is one.
  func checkStatus(_ head: ResponseHead) throws(UpstreamFailure) {
    let reason = NextUpstream.ofStatus(head.status)
    guard !reason.isEmpty, settings.nextUpstream.contains(reason), isReplayable,
      canRetry(isUnderWay: true)
    else { return }
    throw .peer(PeerFailure(reason: reason, message: "", status: head.status))
  }
}
