import Sockets

/// What stands at the front of the bytes from an upstream server.
struct ContentRun: Equatable {
  /// The number of bytes to drop.
  let framing: Int

  /// The number of bytes of content behind those.
  let content: Int

  /// Whether the content ends there.
  let isEnd: Bool
}

/// How an attempt to use a peer failed.
enum UpstreamFailure: Error {
  /// The peer's fault.
  case peer(PeerFailure)
  /// The client's fault, or our own.
  case exchange(Failure)

  /// A failure of the connection to a peer.
  static func connection(_ message: String) -> UpstreamFailure {
    .peer(PeerFailure(reason: .error, message: message, status: 502))
  }

  /// An attempt to read from a peer or to write to it that failed.
  @inline(never)
  static func connection(_ error: StreamError) -> UpstreamFailure { .connection("\(error)") }

  /// A response that breaks the rules.
  static func invalid(_ message: String) -> UpstreamFailure {
    .peer(PeerFailure(reason: .invalidHead, message: message, status: 502))
  }

  /// A connection that ended too early.
  static var prematureEnd: UpstreamFailure {
    @inline(never) get { .connection("upstream prematurely closed connection") }
  }

  /// See ``UpstreamRequest/maximumInterimCount``.
  static var tooManyInterimResponses: UpstreamFailure {
    @inline(never) get { .invalid("upstream sent too many interim responses") }
  }

  /// Silence for longer than the configuration allows.
  static let timeout = UpstreamFailure.peer(
    PeerFailure(
      reason: .timeout, message: "upstream timed out (110: Connection timed out)", status: 504))
}

/// What a peer did wrong.
struct PeerFailure {
  /// The word of `proxy_next_upstream` that covers it.
  let reason: NextUpstream

  /// The sentence of the error log, without the phase.
  let message: String

  /// The status of the response where no other peer helps.
  let status: Int
}

/// What is being done with an upstream server, as the error log says it.
enum UpstreamPhase: String {
  case connecting = "connecting to upstream"
  case handshaking = "SSL handshaking to upstream"
  case sendingRequest = "sending request to upstream"
  case readingHead = "reading response header from upstream"
  case readingContent = "reading upstream"
  case tunnelling = "proxying upgraded connection"
}

extension UpstreamFailure {
  /// Whether the connection broke, as one that was idle for too long does.
  var isOfConnection: Bool {
    guard case .peer(let failure) = self else { return false }
    return failure.reason == .error
  }

  /// Whether the failure counts against the peer; see `max_fails`.
  var isPeersFault: Bool {
    guard case .peer(let failure) = self else { return false }
    return failure.reason != .status403 && failure.reason != .status404
  }
}
