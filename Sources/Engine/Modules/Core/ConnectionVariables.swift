package import Bytes
import CLinux
package import Sockets

extension Variable {
  /// Who speaks with whom.
  static let ofAddresses: [Variable] = [
    Variable(writing: "remote_addr", "The client's address.") { exchange, output in
      exchange.connection.appendPeerText(to: output)
      return true
    },
    Variable("binary_remote_addr", "The client's address as 4 or 16 bytes.") {
      $0.connection.peerAddress.binary
    },
    Variable(writing: "remote_port", "The client's port.") { exchange, output in
      output.appendPort(of: exchange.connection.peerAddress)
      return true
    },
    Variable("server_addr", "The address that the request came to.") { $0.connection.localText },
    Variable(writing: "server_port", "The port that the request came to.") { exchange, output in
      guard let address = exchange.connection.localAddress else { return false }
      output.appendPort(of: address)
      return true
    },
    Variable("server_name", "The first name of the server that the request came to.") {
      $0.server.name
    },
  ]

  /// What the PROXY protocol has told.
  static let ofProxyProtocol: [Variable] = [
    Variable("proxy_protocol_addr", "The client's address that the PROXY protocol tells.") {
      $0.connection.proxiedAddresses?.source.hostText ?? ""
    },
    Variable("proxy_protocol_port", "The client's port that the PROXY protocol tells.") {
      $0.connection.proxiedAddresses.map { ByteString(decimal: $0.source.port) } ?? ""
    },
    Variable("proxy_protocol_server_addr", "The server's address that the PROXY protocol tells.") {
      $0.connection.proxiedAddresses?.destination.hostText ?? ""
    },
    Variable("proxy_protocol_server_port", "The server's port that the PROXY protocol tells.") {
      $0.connection.proxiedAddresses.map { ByteString(decimal: $0.destination.port) } ?? ""
    },
    Variable(
      family: "proxy_protocol_tlv_",
      "What the PROXY protocol tells besides: `alpn`, `authority`, `unique_id`, `netns`, `ssl`, "
        + "`ssl_version`, `ssl_cn`, `ssl_cipher`, `ssl_sig_alg`, `ssl_key_alg`, `ssl_verify`, or "
        + "the number of a type, such as `0xae` or `ssl_0x21`."
    ) { exchange, name, output in
      let connection = exchange.connection
      let value = connection.proxiedAddresses?.value(named: name) {
        connection.logError(.error, $0)
      }
      guard let value else { return false }
      output.append(value)
      return true
    },
  ]

  /// Facts of the connection.
  static let ofConnection: [Variable] = [
    Variable(writing: "connection", "The number of the connection.") { exchange, output in
      output.append(decimal: exchange.connection.number)
      return true
    },
    Variable(writing: "connection_requests", "The number of requests on the connection so far.") {
      exchange, output in
      output.append(decimal: exchange.connection.requestCount)
      return true
    },
    Variable(writing: "connection_time", "The age of the connection, in seconds with milliseconds.")
    { exchange, output in
      let connection = exchange.connection
      output.append(seconds: Int(exchange.loop.now - connection.startTime))
      return true
    },
    Variable("pipe", "`p` where the request came right behind another one, otherwise `.`.") {
      $0.connection.isPipelined ? "p" : "."
    },
    tcpFact("tcpinfo_rtt", 0, "The round-trip time of the connection, in microseconds."),
    tcpFact("tcpinfo_rttvar", 1, "How much the round-trip time varies, in microseconds."),
    tcpFact("tcpinfo_snd_cwnd", 2, "The congestion window, in segments."),
    tcpFact("tcpinfo_rcv_space", 3, "The room for received data, in bytes."),
  ]

  private static func tcpFact(_ name: String, _ index: Int, _ summary: String) -> Variable {
    Variable(writing: name, summary) { exchange, output in
      let descriptor = exchange.connection.stream.socket.descriptor
      return withUnsafeTemporaryAllocation(of: CUnsignedInt.self, capacity: 4) { facts in
        guard linux_tcp_facts(descriptor, facts.baseAddress) != 0 else { return false }
        output.append(decimal: Int(facts[index]))
        return true
      }
    }
  }

  /// Facts of the program and of the machine, and the time.
  static let ofProgram: [Variable] = [
    Variable("nginx_version", "The version of nginx whose behaviour is followed.") { _ in
      Program.nginxVersion
    },
    Variable("hostname", "The name of the machine.") { _ in Program.hostName },
    Variable(writing: "pid", "The number of the worker process.") { _, output in
      output.append(decimal: Int(getpid()))
      return true
    },
    Variable(writing: "msec", "The time in seconds since 1970, with milliseconds.") {
      exchange, output in
      output.append(seconds: Int(exchange.loop.clock.milliseconds))
      return true
    },
    Variable("time_local", "The local time in the format of access logs.") {
      $0.loop.clock.logTime
    },
    Variable("time_iso8601", "The local time in the format of ISO 8601.") {
      $0.loop.clock.iso8601
    },
  ]
}

extension ByteBuffer {
  /// Appends a span of milliseconds as seconds with three decimals.
  package func append(seconds milliseconds: Int) {
    append(decimal: milliseconds / 1000)
    append(UInt8(ascii: "."))
    let rest = milliseconds % 1000
    append(0x30 + UInt8(rest / 100))
    append(0x30 + UInt8(rest / 10 % 10))
    append(0x30 + UInt8(rest % 10))
  }
}

extension ByteBuffer {
  /// Appends the port of an address; nothing where it has none.
  fileprivate func appendPort(of address: SocketAddress) {
    if address.port != 0 { append(decimal: Int(address.port)) }
  }
}

extension ClientConnection {
  /// The address that the client reached; nil where the connection is gone.
  package var localAddress: SocketAddress? {
    listener.address.isWildcard ? stream.localAddress : listener.address
  }
}

extension Program {
  /// The name of the machine, in lower case, as it was when it was first asked for.
  package static let hostName: ByteString = {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return ByteString() }
    return ByteString(name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }).lowercased
  }()
}
