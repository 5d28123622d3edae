import Bytes
import Wire

/// What a protocol such as HTTP or FastCGI adds to the road of an upstream request.
///
/// One object serves one exchange, over all attempts. Everything is synchronous: bytes in, bytes
/// out; ``UpstreamRequest`` does the waiting.
protocol UpstreamProtocol: AnyObject {
  /// How log lines show an upstream server's URI, such as `http://127.0.0.1:8080/path`.
  func shownURI(peer: ByteString) -> String

  /// Prepares for an attempt with a peer, before anything else.
  func begin(with peer: ByteString)

  /// Appends the head of the request. Called once for each attempt.
  ///
  /// - Throws: Where the request cannot be said in this protocol.
  func writeHead(to output: ByteBuffer) throws(UpstreamFailure)

  /// Appends content with the framing that the protocol wants, and consumes it.
  func writeContent(_ content: ByteBuffer, to output: ByteBuffer)

  /// Appends what follows the last content.
  func writeEnd(to output: ByteBuffer)

  /// Reads the head of the response; the head takes over a buffer, this one or another, whose
  /// bytes behind the head are the input from then on.
  ///
  /// - Returns: nil where more bytes are needed.
  func readHead(_ input: ByteBuffer) throws(UpstreamFailure) -> ResponseHead?

  /// Prepares for the content behind a head.
  ///
  /// - Returns: The number of bytes of content where the head announces it.
  func startContent(
    after head: ResponseHead, _ options: ConnectionOptions
  ) throws(UpstreamFailure) -> Int?

  /// Looks at the front of the input for content.
  func nextRun(of input: ByteBuffer) throws(UpstreamFailure) -> ContentRun

  /// Whether the response has no content by its nature.
  var hasNoContent: Bool { get }

  /// Whether content may come nonetheless that a keeper of the response wants.
  var mayHaveContentForKeeper: Bool { get }

  /// Whether the end of the connection is the end of the content.
  var endsWithConnection: Bool { get }

  /// Whether the connection may serve another request, once the content is complete.
  var isConnectionReusable: Bool { get }
}

extension UpstreamProtocol {
  func begin(with peer: ByteString) {}

  var mayHaveContentForKeeper: Bool { false }
}

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

  /// A response that breaks the rules.
  static func invalid(_ message: String) -> UpstreamFailure {
    .peer(PeerFailure(reason: .invalidHead, message: message, status: 502))
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
