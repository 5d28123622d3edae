public import Bytes
public import CLinux

/// Where a socket is bound or connected: an IPv4, IPv6 or Unix address.
public struct SocketAddress: Hashable, Sendable {
  /// The part before the port.
  public enum Host: Hashable, Sendable {
    /// The address as a number, first byte highest.
    case v4(UInt32)
    /// The two halves of the address, and the number of the interface for link-local ones.
    case v6(high: UInt64, low: UInt64, scope: UInt32)
    /// The path; empty for a client that is not bound to one.
    case unix(ByteString)
  }

  /// The address proper, or the path of a Unix socket.
  public let host: Host

  /// The port; 0 for Unix addresses.
  public var port: UInt16

  /// An address and a port; Unix sockets have port 0.
  public init(host: Host, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// `127.0.0.1` and a port.
  public static func loopback(port: UInt16) -> SocketAddress {
    SocketAddress(host: .v4(0x7F00_0001), port: port)
  }

  /// The kernel's form of an address; nil for families other than the three.
  public init?(_ storage: sockaddr_storage, length: socklen_t) {
    var storage = storage
    switch CInt(storage.ss_family) {
    case AF_INET:
      self.init(host: .v4(linux_v4_host(&storage)), port: linux_port(&storage))
    case AF_INET6:
      let (high, low) = (linux_v6_half(&storage, 0), linux_v6_half(&storage, 8))
      self.init(
        host: .v6(high: high, low: low, scope: linux_v6_scope(&storage)),
        port: linux_port(&storage))
    case AF_UNIX:
      self.init(host: .unix(SocketAddress.unixPath(storage, length)), port: 0)
    default: return nil
    }
  }

  private static func unixPath(_ storage: sockaddr_storage, _ length: socklen_t) -> ByteString {
    withUnsafePointer(to: storage) { storage in
      var count = 0
      let start = linux_unix_path(storage, length, &count)
      return ByteString(Array(UnsafeRawBufferPointer(start: start, count: count)))
    }
  }

  /// Lends the kernel's form of the address.
  public func withStorage<Result>(
    _ body: (UnsafePointer<sockaddr_storage>, socklen_t) -> Result
  ) -> Result {
    var storage = sockaddr_storage()
    let length =
      switch host {
      case .v4(let host): linux_fill_v4(&storage, host, port)
      case .v6(let high, let low, let scope): linux_fill_v6(&storage, high, low, scope, port)
      case .unix(let path):
        path.bytes.withUnsafeBytes { linux_fill_unix(&storage, $0.baseAddress, $0.count) }
      }
    return body(&storage, length)
  }

  /// The family that `socket(2)` wants.
  public var family: CInt {
    switch host {
    case .v4: AF_INET
    case .v6: AF_INET6
    case .unix: AF_UNIX
    }
  }

  /// Whether it is the path of a Unix socket.
  public var isUnix: Bool { if case .unix = host { true } else { false } }

  /// Whether the address means every local address (`0.0.0.0` or `::`).
  public var isWildcard: Bool {
    switch host {
    case .v4(let host): host == 0
    case .v6(let high, let low, _): high == 0 && low == 0
    case .unix: false
    }
  }

  /// The address without the port as bytes, most significant first (`$binary_remote_addr`).
  ///
  /// Four bytes, 16 bytes, or the text `unix:`.
  public var binary: ByteString {
    switch host {
    case .v4(let host): ByteString(SocketAddress.bytes(of: host))
    case .v6(let high, let low, _):
      ByteString(SocketAddress.bytes(of: high) + SocketAddress.bytes(of: low))
    case .unix: "unix:"
    }
  }

  private static func bytes(of number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }
}

// MARK: - Reading

extension SocketAddress {
  /// An address as nginx's directives write it: `127.0.0.1:80`, `[::1]:443`, `unix:/path`.
  ///
  /// `*` is every IPv4 address. A port alone means every IPv4 address too.
  ///
  /// - Parameters:
  ///   - text: No host name; names are the resolver's business.
  ///   - defaultPort: The port where the text has none; nil makes it mandatory.
  public init?(_ text: ByteString, defaultPort: UInt16? = nil) {
    if text.hasPrefix("unix:") {
      let path = text.dropFirst(5)
      guard !path.isEmpty, path.count < 108 else { return nil }
      self.init(host: .unix(path), port: 0)
    } else if text.hasPrefix("[") {
      self.init(bracketed: text, defaultPort: defaultPort)
    } else if let colon = text.firstIndex(of: 0x3A) {
      let name = text[0..<colon]
      guard let port = SocketAddress.port(text.dropFirst(colon + 1)) else { return nil }
      guard let host = name == "*" ? 0 : SocketAddress.v4(name) else { return nil }
      self.init(host: .v4(host), port: port)
    } else if let port = SocketAddress.port(text) {
      self.init(host: .v4(0), port: port)
    } else {
      guard let defaultPort else { return nil }
      guard let host = text == "*" ? 0 : SocketAddress.v4(text) else { return nil }
      self.init(host: .v4(host), port: defaultPort)
    }
  }

  private init?(bracketed text: ByteString, defaultPort: UInt16?) {
    guard let end = text.firstIndex(of: 0x5D) else { return nil }
    guard let host = SocketAddress.v6(text[1..<end]) else { return nil }
    let rest = text.dropFirst(end + 1)
    let port = rest.isEmpty ? defaultPort : SocketAddress.port(rest.dropFirst(1))
    guard rest.isEmpty || rest[0] == 0x3A, let port else { return nil }
    self.init(host: host, port: port)
  }

  /// A host without a port: an IPv4 or an IPv6 address, the latter without brackets.
  public init?(hostText: ByteString, port: UInt16) {
    if let host = SocketAddress.v4(hostText) {
      self.init(host: .v4(host), port: port)
    } else if let host = SocketAddress.v6(hostText) {
      self.init(host: host, port: port)
    } else {
      return nil
    }
  }

  private static func port(_ text: ByteString) -> UInt16? {
    guard let number = text.decimalNumber, number > 0 else { return nil }
    return UInt16(exactly: number)
  }

  /// The number of a dotted quad; nil where the text is none.
  private static func v4(_ text: ByteString) -> UInt32? {
    guard text.bytes.allSatisfy({ ASCII.isDigit($0) || $0 == 0x2E }) else { return nil }
    let parts = text.split(on: 0x2E)
    guard parts.count == 4 else { return nil }
    var host: UInt32 = 0
    for part in parts {
      guard part.count <= 3, let number = part.decimalNumber, number < 256 else { return nil }
      host = host << 8 | UInt32(number)
    }
    return host
  }

  private static func v6(_ text: ByteString) -> Host? {
    guard text.bytes.contains(0x3A), text.count < 46, !text.bytes.contains(0) else { return nil }
    var storage = sockaddr_storage()
    guard linux_parse_v6(text.string, &storage) != 0 else { return nil }
    return .v6(high: linux_v6_half(&storage, 0), low: linux_v6_half(&storage, 8), scope: 0)
  }
}

// MARK: - Writing

extension SocketAddress: CustomStringConvertible {
  /// The address without port and brackets (`$remote_addr`): `127.0.0.1`, `::1`, `unix:`.
  public var hostText: ByteString {
    let text = ByteBuffer(capacity: 64)
    appendHost(to: text)
    return text.allBytes
  }

  /// Appends ``hostText``.
  public func appendHost(to output: ByteBuffer) {
    switch host {
    case .v4(let host):
      for shift in stride(from: UInt32(24), through: 0, by: -8) {
        output.append(decimal: Int(host >> shift & 0xFF))
        if shift > 0 { output.append(UInt8(ascii: ".")) }
      }
    case .v6: appendV6(to: output)
    case .unix: output.append("unix:")
    }
  }

  /// The address as nginx writes it: `127.0.0.1:80`, `[::1]:443`, `unix:/path`.
  public var text: ByteString {
    switch host {
    case .v4: hostText + ":" + ByteString(decimal: port)
    case .v6: "[" + hostText + "]:" + ByteString(decimal: port)
    case .unix(let path): "unix:" + path
    }
  }

  /// The same as ``text``.
  public var description: String { text.string }

  private func appendV6(to output: ByteBuffer) {
    withStorage { storage, _ in
      _ = output.withWritableBytes(minimum: 64) { room in
        let start = room.bindMemory(to: CChar.self).baseAddress
        return linux_v6_text(storage, start, 64).map { strlen($0) } ?? 0
      }
    }
  }
}
