import Bytes
import CLinux

/// A socket that connections arrive at.
///
/// The object owns its descriptor. One that several loops share (a Unix socket) is opened once and
/// watched by each with ``Acceptor``.
public final class ListeningSocket: @unchecked Sendable {
  /// What the parameters of `listen` say about the socket.
  public struct Options: Equatable, Sendable {
    /// How many connections may wait to be accepted.
    public var backlog: CInt = 511
    /// Whether each loop has its own socket on the address.
    public var sharesPort = false
    /// Whether an IPv6 wildcard refuses IPv4 connections.
    public var isIPv6Only = true
    /// Sizes of the kernel's buffers in bytes; nil leaves the system's.
    public var receiveBuffer: Int?

    /// `SO_SNDBUF` in bytes; nil leaves it to the system.
    public var sendBuffer: Int?
    /// `SO_KEEPALIVE`; nil leaves the system's.
    public var keepsAlive: Bool?
    /// Keep-alive times in seconds and the number of probes; nil leaves the system's.
    public var keepAliveIdle: Int?

    /// `TCP_KEEPINTVL` in seconds; nil leaves it to the system.
    public var keepAliveInterval: Int?

    /// `TCP_KEEPCNT`; nil leaves it to the system.
    public var keepAliveCount: Int?
    /// The queue of TCP Fast Open; nil leaves it off.
    public var fastOpenQueue: Int?
    /// Whether the kernel waits for data before it reports a connection.
    public var defersAccept = false

    /// The options that nginx has where a configuration names none.
    public init() {}
  }

  /// Unchecked: `descriptor` is written only by `close`, which its owner calls once.
  public private(set) var descriptor: CInt

  /// The address that is bound.
  public let address: SocketAddress

  /// Takes over a descriptor.
  public init(adopting descriptor: CInt, address: SocketAddress) {
    self.descriptor = descriptor
    self.address = address
  }

  deinit { close() }

  /// Closes the descriptor; the file of a Unix socket stays.
  public func close() {
    if descriptor >= 0 { CLinux.close(descriptor) }
    descriptor = -1
  }

  /// Removes the file of a Unix socket; once the socket is closed, it may be another program's.
  public func unlinkPath() {
    guard descriptor >= 0 else { return }
    if case .unix(let path) = address.host { unlink(path.string) }
  }

  /// Opens, binds and listens.
  ///
  /// - Throws: The call that failed; `bind` with `EADDRINUSE` where another program listens.
  public static func open(
    _ address: SocketAddress, _ options: Options = Options()
  ) throws(SystemError) -> ListeningSocket {
    let descriptor = try SystemError.check("socket", linux_stream_socket(address.family))
    let socket = ListeningSocket(adopting: descriptor, address: address)
    try socket.setBeforeBinding(options)
    try socket.bind(isFirst: true)
    try socket.listen(options)
    let bound = socket.boundAddress ?? address
    return ListeningSocket(adopting: socket.release(), address: bound)
  }

  /// Opens one socket for each loop on the same address, and listens; one shared socket for a Unix
  /// address.
  ///
  /// The first is bound without `SO_REUSEPORT`, so that a second program on the address fails with
  /// `EADDRINUSE`; only then is the option switched on and the others join.
  public static func openGroup(
    _ address: SocketAddress, count: Int, _ options: Options = Options()
  ) throws(SystemError) -> [ListeningSocket] {
    let first = try open(address, options)
    var sockets = [first]
    guard count > 1, !address.isUnix else { return sockets }
    try set("setsockopt(SO_REUSEPORT)", first.descriptor, SOL_SOCKET, SO_REUSEPORT, 1)
    for _ in 1..<count {
      let socket = try bound(joining: first, options)
      try socket.listen(options)
      sockets.append(socket)
    }
    return sockets
  }

  /// Opens a socket on a port that other sockets of this program have at other addresses; it does
  /// not listen yet.
  ///
  /// The kernel lets it join them only where all have the option; see ``allowSharing()``.
  public static func bound(
    sharingPortOf address: SocketAddress, _ options: Options = Options()
  ) throws(SystemError) -> ListeningSocket {
    let descriptor = try SystemError.check("socket", linux_stream_socket(address.family))
    let socket = ListeningSocket(adopting: descriptor, address: address)
    try socket.setBeforeBinding(options)
    try socket.allowSharing()
    try socket.bind(isFirst: true)
    return socket
  }

  /// Lets other sockets of the same user share the port; Unix sockets need no leave.
  public func allowSharing() throws(SystemError) {
    guard !address.isUnix else { return }
    try ListeningSocket.set("setsockopt(SO_REUSEPORT)", descriptor, SOL_SOCKET, SO_REUSEPORT, 1)
  }

  /// Takes over a socket that listens already, from whoever started this program.
  ///
  /// - Returns: nil where the descriptor is none.
  public static func inherited(_ descriptor: CInt) -> ListeningSocket? {
    guard linux_is_listening(descriptor) == 1 else { return nil }
    var storage = sockaddr_storage()
    var length = socklen_t(0)
    guard linux_local(descriptor, &storage, &length) == 0,
      let address = SocketAddress(storage, length: length)
    else { return nil }
    _ = linux_close_on_exec(descriptor, 1)
    return ListeningSocket(adopting: descriptor, address: address)
  }

  /// Opens one more socket on the address of a socket of a group; it does not listen yet, so that
  /// no connection waits for it.
  public static func bound(
    joining other: ListeningSocket, _ options: Options = Options()
  ) throws(SystemError) -> ListeningSocket {
    let descriptor = try SystemError.check("socket", linux_stream_socket(other.address.family))
    let socket = ListeningSocket(adopting: descriptor, address: other.address)
    try socket.setBeforeBinding(options)
    try set("setsockopt(SO_REUSEPORT)", descriptor, SOL_SOCKET, SO_REUSEPORT, 1)
    try socket.bind(isFirst: false)
    return socket
  }

  /// Where the socket is bound, with the port the kernel chose for 0.
  public var boundAddress: SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(0)
    guard linux_local(descriptor, &storage, &length) == 0 else { return nil }
    return SocketAddress(storage, length: length)
  }

  /// Listens; a socket that does already takes the options as far as they can change.
  public func listen(_ options: Options) throws(SystemError) {
    try setBeforeListening(options)
    try SystemError.check("listen", CLinux.listen(descriptor, options.backlog))
  }

  /// Whether connections may wait here to be accepted.
  public var isListening: Bool { linux_is_listening(descriptor) == 1 }

  private func release() -> CInt {
    defer { descriptor = -1 }
    return descriptor
  }

  private func bind(isFirst: Bool) throws(SystemError) {
    let result = address.withStorage { linux_bind(descriptor, $0, $1) }
    if result == 0 {
      // nginx: the file of a Unix socket is open to everybody.
      if case .unix(let path) = address.host { chmod(path.string, 0o666) }
      return
    }
    let code = linux_errno()
    if code == EADDRINUSE, isFirst, removeStaleFile() { return try bind(isFirst: false) }
    throw SystemError(call: "bind", code: code)
  }

  /// Removes the file of a Unix socket that nobody listens at any more.
  private func removeStaleFile() -> Bool {
    guard case .unix(let path) = address.host else { return false }
    let probe = linux_stream_socket(AF_UNIX)
    guard probe >= 0 else { return false }
    defer { CLinux.close(probe) }
    let result = address.withStorage { linux_connect(probe, $0, $1) }
    guard result < 0, linux_errno() == ECONNREFUSED else { return false }
    return unlink(path.string) == 0
  }

  private func setBeforeBinding(_ options: Options) throws(SystemError) {
    guard !address.isUnix else { return }
    try ListeningSocket.set("setsockopt(SO_REUSEADDR)", descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    if case .v6 = address.host {
      let value: CInt = options.isIPv6Only ? 1 : 0
      try ListeningSocket.set(
        "setsockopt(IPV6_V6ONLY)", descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, value)
    }
  }

  private func setBeforeListening(_ options: Options) throws(SystemError) {
    let tcp = CInt(IPPROTO_TCP)
    let values: [(String, CInt, CInt, Int?)] = [
      ("SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, options.receiveBuffer),
      ("SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, options.sendBuffer),
      ("SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, options.keepsAlive.map { $0 ? 1 : 0 }),
      ("TCP_KEEPIDLE", tcp, TCP_KEEPIDLE, options.keepAliveIdle),
      ("TCP_KEEPINTVL", tcp, TCP_KEEPINTVL, options.keepAliveInterval),
      ("TCP_KEEPCNT", tcp, TCP_KEEPCNT, options.keepAliveCount),
      ("TCP_FASTOPEN", tcp, TCP_FASTOPEN, options.fastOpenQueue),
      ("TCP_DEFER_ACCEPT", tcp, TCP_DEFER_ACCEPT, options.defersAccept ? 1 : nil),
    ]
    for (name, level, option, value) in values {
      guard let value, level == SOL_SOCKET || !address.isUnix else { continue }
      try ListeningSocket.set(
        "setsockopt(\(name))", descriptor, level, option, CInt(clamping: value))
    }
    // Accepted sockets inherit it, which saves a call for each connection.
    if !address.isUnix { _ = linux_set_option(descriptor, tcp, TCP_NODELAY, 1) }
  }

  private static func set(
    _ call: String, _ descriptor: CInt, _ level: CInt, _ name: CInt, _ value: CInt
  ) throws(SystemError) {
    if linux_set_option(descriptor, level, name, value) < 0 {
      // The text of the name stands without parentheses, since `description` adds them.
      throw SystemError(call: call, code: linux_errno())
    }
  }
}
