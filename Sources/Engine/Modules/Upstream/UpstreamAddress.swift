import Bytes
import Sockets

/// Where an upstream server is, as `server` and `proxy_pass` write it.
struct UpstreamAddress {
  /// What is wrong with a text, in nginx's words.
  struct Problem: Error {
    let message: String
  }

  /// The host without port and brackets; the path of a Unix socket.
  let host: ByteString

  /// The port that the text names; nil where it names none.
  let port: UInt16?

  /// The address; nil where the host is a name.
  let address: SocketAddress?

  /// - Parameters:
  ///   - text: `host`, `host:port`, `[address]:port` or `unix:path`.
  ///   - defaultPort: The port of ``address`` where the text has none.
  init(_ text: ByteString, defaultPort: UInt16) throws(Problem) {
    if text[0..<min(5, text.count)].equalsIgnoringCase("unix:") {
      let path = text.dropFirst(5)
      guard !path.isEmpty else {
        throw Problem(message: "no path in the unix domain socket")
      }
      guard path.count < 108 else {
        throw Problem(message: "too long path in the unix domain socket")
      }
      (host, port) = (path, nil)
      address = SocketAddress(host: .unix(path), port: 0)
      return
    }
    guard !text.bytes.contains(UInt8(ascii: "/")), !text.bytes.contains(UInt8(ascii: "?")) else {
      throw Problem(message: "invalid host")
    }
    let isBracketed = text.hasPrefix("[")
    let (name, portText) = try UpstreamAddress.split(text, isBracketed: isBracketed)
    guard !name.isEmpty else { throw Problem(message: "no host") }
    host = name
    port = try portText.map(UpstreamAddress.port)
    address = SocketAddress(hostText: name, port: port ?? defaultPort)
    if isBracketed, address == nil { throw Problem(message: "invalid IPv6 address") }
  }

  private static func split(
    _ text: ByteString, isBracketed: Bool
  ) throws(Problem) -> (host: ByteString, port: ByteString?) {
    if isBracketed {
      guard let end = text.firstIndex(of: UInt8(ascii: "]")) else {
        throw Problem(message: "invalid host")
      }
      let rest = text.dropFirst(end + 1)
      if rest.isEmpty { return (text[1..<end], nil) }
      guard rest[0] == UInt8(ascii: ":") else { throw Problem(message: "invalid host") }
      return (text[1..<end], rest.dropFirst(1))
    }
    guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return (text, nil) }
    return (text[0..<colon], text.dropFirst(colon + 1))
  }

  private static func port(_ text: ByteString) throws(Problem) -> UInt16 {
    guard let number = text.decimalNumber, (1...65535).contains(number) else {
      throw Problem(message: "invalid port")
    }
    return UInt16(number)
  }
}
