import CLinux

/// Opens connections to upstream servers without blocking.
public enum Connector {
  /// Connects to an address.
  ///
  /// The waiter is left as the observer of the new stream.
  ///
  /// - Parameters:
  ///   - source: The local address to bind; nil lets the kernel choose.
  ///   - deadline: When to give up, in the loop's time.
  public static func connect(
    to address: SocketAddress, from source: SocketAddress? = nil, on loop: EventLoop,
    waiter: Waiter, deadline: Milliseconds
  ) async throws(StreamError) -> ByteStream {
    let stream = try start(to: address, from: source, on: loop)
    stream.observer = waiter
    do {
      try await finish(stream, waiter: waiter, deadline: deadline)
    } catch {
      stream.close()
      throw error
    }
    return stream
  }

  /// Waits until a connection is open that was started; the waiter observes it.
  ///
  /// - Parameter deadline: When to give up, in the loop's time.
  /// - Throws: Why it cannot be opened; the caller closes the stream then.
  public static func finish(
    _ stream: ByteStream, waiter: Waiter, deadline: Milliseconds
  ) async throws(StreamError) {
    guard !stream.socket.isWritable else { return }
    while !stream.socket.isWritable { try await ByteStream.pause(waiter, until: deadline) }
    let code = linux_socket_error(stream.socket.descriptor)
    guard code == 0 else { throw .system("connect", code) }
  }

  /// Starts to connect; the stream's socket becomes writable when that came to an end, which may be
  /// at once.
  public static func start(
    to address: SocketAddress, from source: SocketAddress? = nil, on loop: EventLoop
  ) throws(StreamError) -> ByteStream {
    let descriptor = linux_stream_socket(address.family)
    guard descriptor >= 0 else { throw .system("socket", linux_errno()) }
    if let source, let problem = bind(descriptor, to: source) {
      close(descriptor)
      throw StreamError(problem)
    }
    let code = attempt(descriptor, address)
    // An interrupted connect goes on by itself; a Unix socket's full queue says EAGAIN.
    guard code == 0 || code == EINPROGRESS || code == EINTR else {
      close(descriptor)
      throw .system("connect", code)
    }
    do throws(SystemError) {
      let socket = try Socket(adopting: descriptor, on: loop, isConnecting: code != 0)
      socket.leadsToServer = true
      socket.wantsNoDelay = !address.isUnix
      // Most servers wait to be asked; an event tells of those that do not.
      socket.isReadable = false
      let stream = ByteStream(socket)
      stream.peerAddress = address
      return stream
    } catch {
      throw StreamError(error)
    }
  }

  /// - Returns: 0 where the connection is open; otherwise what `connect` says.
  private static func attempt(_ descriptor: CInt, _ address: SocketAddress) -> CInt {
    address.withStorage { storage, length in
      var code = linux_connect(descriptor, storage, length) < 0 ? linux_errno() : 0
      // A server on this machine has answered before the call was over, and asking again tells.
      if code == EINPROGRESS {
        code = linux_connect(descriptor, storage, length) < 0 ? linux_errno() : 0
        if code == EALREADY { code = EINPROGRESS }
      }
      return code
    }
  }

  private static func bind(
    _ descriptor: CInt, to source: SocketAddress
  ) -> SystemError? {
    // Lets the kernel choose the port at connect time, when it knows the whole pair.
    _ = linux_set_option(descriptor, CInt(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, 1)
    guard source.withStorage({ linux_bind(descriptor, $0, $1) }) == 0 else {
      return SystemError(call: "bind", code: linux_errno())
    }
    return nil
  }
}
