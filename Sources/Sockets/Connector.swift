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
      while !stream.socket.isWritable { try await ByteStream.pause(waiter, until: deadline) }
    } catch {
      stream.close()
      throw error
    }
    let code = linux_socket_error(stream.socket.descriptor)
    guard code == 0 else {
      stream.close()
      throw .system("connect", code)
    }
    return stream
  }

  /// Starts to connect; the stream's socket becomes writable when that came to an end.
  public static func start(
    to address: SocketAddress, from source: SocketAddress? = nil, on loop: EventLoop
  ) throws(StreamError) -> ByteStream {
    let descriptor = linux_stream_socket(address.family)
    guard descriptor >= 0 else { throw .system("socket", linux_errno()) }
    if let problem = prepare(descriptor, address, source) {
      close(descriptor)
      throw StreamError(problem)
    }
    let result = address.withStorage { linux_connect(descriptor, $0, $1) }
    let code = result < 0 ? linux_errno() : 0
    // An interrupted connect goes on by itself; a Unix socket's full queue says EAGAIN.
    guard code == 0 || code == EINPROGRESS || code == EINTR else {
      close(descriptor)
      throw .system("connect", code)
    }
    do throws(SystemError) {
      let socket = try Socket(adopting: descriptor, on: loop, isConnecting: code != 0)
      socket.leadsToServer = true
      // Most servers wait to be asked; an event tells of those that do not.
      socket.isReadable = false
      let stream = ByteStream(socket)
      stream.peerAddress = address
      return stream
    } catch {
      throw StreamError(error)
    }
  }

  private static func prepare(
    _ descriptor: CInt, _ address: SocketAddress, _ source: SocketAddress?
  ) -> SystemError? {
    if !address.isUnix { _ = linux_set_option(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, 1) }
    guard let source else { return nil }
    // Lets the kernel choose the port at connect time, when it knows the whole pair.
    _ = linux_set_option(descriptor, CInt(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, 1)
    guard source.withStorage({ linux_bind(descriptor, $0, $1) }) == 0 else {
      return SystemError(call: "bind", code: linux_errno())
    }
    return nil
  }
}
