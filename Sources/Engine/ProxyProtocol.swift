import Bytes
import CLinux
import Sockets

/// Reads the PROXY protocol's line, or its binary form, at the beginning of a connection.
///
/// Source: HAProxy, "The PROXY protocol, versions 1 & 2".
enum ProxyProtocol {
  /// What the beginning of a connection says.
  enum Outcome: Equatable {
    /// More bytes must come.
    case incomplete
    case invalid
    /// The addresses, and the number of bytes that told them; nil where the proxy names none.
    case complete(ProxiedAddresses?, byteCount: Int)
  }

  private static let signature: [UInt8] = [
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
  ]

  /// The longest head, as nginx has it.
  static let maximumBytes = 4096

  /// Reads the beginning of a connection.
  static func parse(_ bytes: [UInt8]) -> Outcome {
    if bytes.starts(with: signature) { return parseBinary(bytes) }
    if bytes.count < signature.count, signature.starts(with: bytes) { return .incomplete }
    return parseText(bytes)
  }

  // MARK: - Version 1

  private static let maximumLine = 107

  private static func parseText(_ bytes: [UInt8]) -> Outcome {
    let start: [UInt8] = Array("PROXY ".utf8)
    guard bytes.starts(with: start) || start.starts(with: bytes) else { return .invalid }
    guard let end = bytes.firstIndex(of: ASCII.lineFeed) else {
      return bytes.count < maximumLine ? .incomplete : .invalid
    }
    guard end < maximumLine, end > 0, bytes[end - 1] == ASCII.carriageReturn else {
      return .invalid
    }
    let words = ByteString(bytes[start.count..<end - 1]).split(on: ASCII.space)
    if words.first == "UNKNOWN" { return .complete(nil, byteCount: end + 1) }
    guard words.count == 5, words[0] == "TCP4" || words[0] == "TCP6",
      let sourcePort = port(words[3]), let destinationPort = port(words[4]),
      let source = SocketAddress(hostText: words[1], port: sourcePort),
      let destination = SocketAddress(hostText: words[2], port: destinationPort)
    else { return .invalid }
    return .complete(
      ProxiedAddresses(source: source, destination: destination), byteCount: end + 1)
  }

  private static func port(_ text: ByteString) -> UInt16? {
    text.decimalNumber.flatMap { UInt16(exactly: $0) }
  }

  // MARK: - Version 2

  private static func parseBinary(_ bytes: [UInt8]) -> Outcome {
    guard bytes.count >= 16 else { return .incomplete }
    guard bytes[12] >> 4 == 2 else { return .invalid }
    let length = Int(bytes[14]) << 8 | Int(bytes[15])
    let total = 16 + length
    guard total <= maximumBytes else { return .invalid }
    guard bytes.count >= total else { return .incomplete }
    // LOCAL: the proxy speaks for itself.
    guard bytes[12] & 15 == 1 else { return .complete(nil, byteCount: total) }
    let block = Array(bytes[16..<total])
    switch bytes[13] {
    case 0x11 where length >= 12:
      return .complete(
        ProxiedAddresses(
          source: SocketAddress(host: v4(block, 0), port: number(block, 8)),
          destination: SocketAddress(host: v4(block, 4), port: number(block, 10)),
          values: ProxyProtocolValues(bytes: Array(block[12...]))),
        byteCount: total)
    case 0x21 where length >= 36:
      return .complete(
        ProxiedAddresses(
          source: SocketAddress(host: v6(block, 0), port: number(block, 32)),
          destination: SocketAddress(host: v6(block, 16), port: number(block, 34)),
          values: ProxyProtocolValues(bytes: Array(block[36...]))),
        byteCount: total)
    case 0x11, 0x21: return .invalid
    default: return .complete(nil, byteCount: total)
    }
  }

  private static func v4(_ bytes: [UInt8], _ start: Int) -> SocketAddress.Host {
    .v4(bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) })
  }

  private static func v6(_ bytes: [UInt8], _ start: Int) -> SocketAddress.Host {
    func half(_ start: Int) -> UInt64 {
      bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
    return .v6(high: half(start), low: half(start + 8), scope: 0)
  }

  private static func number(_ bytes: [UInt8], _ start: Int) -> UInt16 {
    UInt16(bytes[start]) << 8 | UInt16(bytes[start + 1])
  }

  // MARK: - On a connection

  /// Why a connection is of no use.
  enum Problem: Error, Equatable {
    /// What has come is no such head.
    case broken(ByteString)
    case closed
    /// The proxy has been silent for too long, or has gone without a word.
    case silent

    /// The line of the error log, and how much it matters; nil where there is nothing to say.
    var message: (level: LogLevel, text: String)? {
      switch self {
      case .broken(let text):
        (.error, "broken header: \"\(text)\" while reading PROXY protocol")
      case .closed: (.info, "client closed connection while reading PROXY protocol")
      case .silent: nil
      }
    }
  }

  /// Reads what a proxy says first, and not a byte more.
  ///
  /// - Returns: false where the connection is of no use; the reason is logged.
  static func read(on connection: ClientConnection) async -> Bool {
    do throws(Problem) {
      connection.proxiedAddresses = try await read(
        on: connection.stream, waiter: connection.waiter,
        timeout: connection.settings.core.clientHeaderTimeout)
      return true
    } catch {
      if let (level, text) = error.message { connection.logError(level, text) }
      return false
    }
  }

  /// Reads what a proxy says first, and not a byte more.
  ///
  /// - Parameter waiter: The observer of the stream.
  /// - Returns: nil where the proxy names no addresses.
  static func read(
    on stream: ByteStream, waiter: Waiter, timeout: TimeSpan
  ) async throws(Problem) -> ProxiedAddresses? {
    let deadline = stream.loop.deadline(after: Milliseconds(timeout.milliseconds))
    let socket = stream.socket
    var room = [UInt8](repeating: 0, count: maximumBytes)
    while true {
      let count = recv(socket.descriptor, &room, room.count, CInt(MSG_PEEK))
      if count > 0 {
        switch parse(Array(room[0..<count])) {
        case .complete(let addresses, let byteCount):
          _ = recv(socket.descriptor, &room, byteCount, 0)
          return addresses
        case .invalid:
          throw .broken(ByteString(room[0..<min(count, 128)].prefix { $0 >= 0x20 }))
        case .incomplete: break
        }
      } else if count == 0 || (linux_errno() != EAGAIN && linux_errno() != EINTR) {
        throw .closed
      }
      socket.isReadable = false
      guard await waiter.wait(until: deadline) == .ready, !socket.isHungUp else { throw .silent }
    }
  }
}
