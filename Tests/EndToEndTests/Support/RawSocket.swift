import Foundation
import Glibc

/// A blocking TCP socket whose every wait has a time limit.
///
/// It closes when the last reference goes. Bytes are neither framed nor interpreted.
final class RawSocket: @unchecked Sendable {
  /// How a wait for bytes ended.
  enum Reading: Equatable {
    case bytes([UInt8])
    case endOfStream
    case reset
    case timedOut
  }

  private(set) var descriptor: CInt

  init(descriptor: CInt) { self.descriptor = descriptor }

  deinit { close() }

  /// Connects to a port of this machine's loopback interface.
  static func connect(to port: Int, host: String = "127.0.0.1") throws -> RawSocket {
    let socket = RawSocket(descriptor: try newDescriptor())
    var address = socketAddress(host: host, port: port)
    let result = withSocketAddress(&address) { Glibc.connect(socket.descriptor, $0, $1) }
    guard result == 0 else { throw HarnessError("connect to \(host):\(port): \(lastError())") }
    var on: CInt = 1
    setsockopt(
      socket.descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    return socket
  }

  /// Listens on a port of 127.0.0.1; port 0 lets the kernel choose.
  static func listen(on port: Int) throws -> RawSocket {
    let socket = RawSocket(descriptor: try newDescriptor())
    var on: CInt = 1
    setsockopt(
      socket.descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
    var address = socketAddress(host: "127.0.0.1", port: port)
    let bound = withSocketAddress(&address) { Glibc.bind(socket.descriptor, $0, $1) }
    guard bound == 0, Glibc.listen(socket.descriptor, 1024) == 0 else {
      throw HarnessError("listen on \(port): \(lastError())")
    }
    return socket
  }

  /// Waits for the next connection; nil when the time is up or the listener was shut down.
  func accept(within seconds: Double) -> RawSocket? {
    guard wait(for: POLLIN, within: seconds) else { return nil }
    let accepted = startingPrograms.withLock {
      let accepted = Glibc.accept(descriptor, nil, nil)
      closeOnExec(accepted)
      return accepted
    }
    return accepted >= 0 ? RawSocket(descriptor: accepted) : nil
  }

  /// The port this socket is bound to.
  var port: Int {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = getsockname(descriptor, $0, &size)
      }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// Sends all bytes; false when the peer has gone or takes nothing for the given seconds.
  @discardableResult
  func send(_ bytes: some Collection<UInt8>, within seconds: Double = 10) -> Bool {
    let all = Array(bytes)
    var sent = 0
    while sent < all.count {
      guard wait(for: POLLOUT, within: seconds) else { return false }
      let count = all[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | nonBlocking)
      }
      if count < 0 && (errno == EAGAIN || errno == EINTR) { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// Receives what has come, at most 64 KiB.
  func receive(within seconds: Double) -> Reading {
    guard wait(for: POLLIN, within: seconds) else { return .timedOut }
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count > 0 { return .bytes(Array(buffer[..<count])) }
    return count == 0 ? .endOfStream : .reset
  }

  /// Says that nothing more will be sent.
  func shutdownWrite() { shutdown(descriptor, CInt(SHUT_WR)) }

  /// Wakes whoever waits in ``accept(within:)`` or ``receive(within:)``.
  func shutdownBoth() { shutdown(descriptor, CInt(SHUT_RDWR)) }

  /// Makes ``close()`` send a reset instead of an orderly end.
  func resetOnClose() {
    var choice = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &choice, socklen_t(MemoryLayout<linger>.size))
  }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  private func wait(for event: CInt, within seconds: Double) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while true {
      var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      let milliseconds = max(0, end.timeIntervalSinceNow * 1000)
      let count = poll(&entry, 1, CInt(milliseconds.rounded(.up)))
      if count > 0 { return true }
      if count == 0 || errno != EINTR { return false }
    }
  }
}

private let nonBlocking = CInt(MSG_DONTWAIT)

private func newDescriptor() throws -> CInt {
  let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
  let descriptor = socket(AF_INET, type, 0)
  guard descriptor >= 0 else { throw HarnessError("socket: \(lastError())") }
  return descriptor
}

private func socketAddress(host: String, port: Int) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  address.sin_addr.s_addr = inet_addr(host)
  return address
}

private func withSocketAddress<Result>(
  _ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
  withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}

/// The message of `errno`.
func lastError() -> String { String(cString: strerror(errno)) }
