import CLinux

/// What an attempt to read came to.
public enum ReadOutcome: Equatable, Sendable {
  /// So many bytes were appended; at least one.
  case bytes(Int)
  /// Nothing is there yet: wait for the observer to be told.
  case wouldBlock
  /// The peer will send no more.
  case end
  /// The connection failed, with this `errno`.
  case failed(CInt)
}

/// What an attempt to write came to.
public enum WriteOutcome: Equatable, Sendable {
  /// So many bytes were taken.
  case bytes(Int)
  /// No room yet: wait for the observer to be told.
  case wouldBlock
  /// The connection failed, with this `errno`.
  case failed(CInt)
}

/// Why a stream cannot go on.
public enum StreamError: Error, Equatable, Sendable {
  /// The peer let the deadline pass.
  case timedOut
  /// The peer closed where it should not have.
  case closed
  /// The waiter was interrupted.
  case interrupted
  /// A system call failed with this `errno`.
  case system(String, CInt)
  /// TLS failed; the text is the library's, as nginx logs it.
  case tls(String)

  /// Whether the failure is this machine's own, such as a lack of descriptors, so that it says
  /// nothing about the peer.
  public var isLocal: Bool {
    guard case .system(let call, _) = self else { return false }
    return call == "socket" || call == "bind" || call == "epoll_ctl"
  }

  /// A failed call on the stream.
  public init(_ error: SystemError) { self = .system(error.call, error.code) }
}

extension StreamError: CustomStringConvertible {
  /// The sentence of the error log.
  public var description: String {
    switch self {
    case .timedOut: "timed out (110: \(SystemError.text(of: ETIMEDOUT)))"
    case .closed: "peer closed connection"
    case .interrupted: "interrupted"
    case .system(let call, let code): SystemError(call: call, code: code).description
    case .tls(let text): text
    }
  }
}
