package import Bytes
import CLinux
package import Config
package import Sockets

/// Finds the addresses of hosts that a configuration names, while it is read.
package enum HostLookup {
  /// - Parameters:
  ///   - word: An address or a host name, with or without a port.
  ///   - subject: What the sentence of an error ends with, such as `resolver "x"`.
  /// - Throws: nginx's `host not found in …` or `invalid port in …`.
  package static func addresses(
    of word: Word, defaultPort: UInt16, in subject: String, _ statement: Statement
  ) throws(Diagnostic) -> [SocketAddress] {
    func refuse(_ problem: String) -> Diagnostic {
      .custom("\(problem) in \(subject)", at: statement, word: word)
    }
    if let address = SocketAddress(word.text, defaultPort: defaultPort) { return [address] }
    guard !word.text.hasPrefix("[") else { throw refuse("invalid IPv6 address") }
    guard let named = HostAndPort(word.text, defaultPort: defaultPort) else {
      throw refuse("invalid port")
    }
    guard !named.host.isEmpty else { throw refuse("no host") }
    let isInvalid = named.host.bytes.contains {
      $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?")
    }
    guard !isInvalid else { throw refuse("invalid host") }
    let found = addresses(ofName: named.host, port: named.port)
    guard !found.isEmpty else { throw refuse("host not found") }
    return found
  }

  /// The addresses that the system knows of a name, IPv4 and IPv6; this may wait for a name server.
  package static func addresses(ofName name: ByteString, port: UInt16) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = linux_stream_type()
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name.string, nil, &hints, &list) == 0, let list else { return [] }
    defer { freeaddrinfo(list) }
    return sequence(first: list, next: { $0.pointee.ai_next }).compactMap { entry in
      guard let address = entry.pointee.ai_addr else { return nil }
      var storage = sockaddr_storage()
      linux_copy_address(&storage, address, entry.pointee.ai_addrlen)
      var found = SocketAddress(storage, length: entry.pointee.ai_addrlen)
      found?.port = port
      return found
    }
  }
}
