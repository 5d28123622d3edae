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
    of word: Word, defaultPort: UInt16, in subject: String, _ statement: Statement,
    _ hosts: any HostReader
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
    let found = hosts.addresses(of: named.host)
    guard !found.isEmpty else { throw refuse("host not found") }
    return found.map { SocketAddress(host: $0.host, port: named.port) }
  }
}

/// Where the addresses of names come from while a configuration is read.
package protocol HostReader: Sendable {
  /// The addresses of a name, with port 0; none where it has none.
  func addresses(of name: ByteString) -> [SocketAddress]
}

/// Asks the system's resolver, which may wait for a name server.
package struct SystemHosts: HostReader {
  package init() {}

  package func addresses(of name: ByteString) -> [SocketAddress] {
    Resolver.resolveAtStart(name) ?? []
  }
}
