import Bytes
import CLinux
import Testing

@testable import Sockets

@Suite struct ResolverTests {
  /// A name server that answers every question for IPv4 addresses with 192.0.2.7, for 60 seconds.
  ///
  /// The first letter of a name says otherwise: `m` for a missing one, `r` for one that is refused,
  /// `f` for a format error of the first question, `c` for an alias: the rest of the name.
  private final class NameServer {
    let descriptor: CInt
    let address: SocketAddress
    private(set) var questionCount = 0
    private var watch: Watch?

    init(on loop: EventLoop) throws {
      descriptor = linux_datagram_socket(AF_INET)
      _ = SocketAddress.loopback0.withStorage { [descriptor] in linux_bind(descriptor, $0, $1) }
      var storage = sockaddr_storage()
      var length = socklen_t(0)
      _ = linux_local(descriptor, &storage, &length)
      address = try #require(SocketAddress(storage, length: length))
      watch = try Watch(descriptor, on: loop, reads: true, writes: false) { [unowned self] _, _ in
        answer()
      }
    }

    deinit {
      watch?.stop()
      close(descriptor)
    }

    private func answer() {
      var question = [UInt8](repeating: 0, count: 512)
      var peer = sockaddr_storage()
      var length = socklen_t(0)
      let count = linux_receive_from(descriptor, &question, 512, &peer, &length)
      guard count > 12 else { return }
      questionCount += 1
      // The question ends after its name, type and class; what follows is EDNS.
      let nameEnd = question[12...].firstIndex(of: 0) ?? 12
      let isIPv4 = question[nameEnd + 2] == 1
      let isMissing = question[13] == UInt8(ascii: "m")
      let isRefused = question[13] == UInt8(ascii: "r")
      let isBroken = question[13] == UInt8(ascii: "f") && questionCount == 1
      let isAlias = question[13] == UInt8(ascii: "c")
      var answer = Array(question[0..<nameEnd + 5])
      answer[2] = 0x81
      answer[3] = isMissing ? 0x83 : isRefused ? 0x85 : isBroken ? 0x81 : 0x80
      let hasAddress = isIPv4 && !isMissing && !isRefused && !isBroken && !isAlias
      answer[7] = hasAddress || isAlias ? 1 : 0
      answer[11] = 0
      if hasAddress {
        answer += [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]
      } else if isAlias {
        let length = question[12] - 1
        answer += [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, length + 3, length]
        answer += question[14..<14 + Int(length)] + [0xC0, 13 + question[12]]
      }
      _ = linux_send_to(descriptor, answer, answer.count, &peer, length)
    }
  }

  /// A resolver that asks name servers of the test's own, for IPv4 addresses alone.
  private func ipv4Resolver(
    of servers: [NameServer], on loop: EventLoop
  ) throws -> Resolver {
    var options = Resolver.Options()
    options.servers = servers.map(\.address)
    options.usesIPv6 = false
    return try Resolver(options, on: loop)
  }

  @Test func `a name is asked for once and its answer kept`() throws {
    try onLoop { loop in
      let server = try NameServer(on: loop)
      let resolver = try ipv4Resolver(of: [server], on: loop)
      let waiter = Waiter(on: loop)
      for _ in 0..<3 {
        let found = try await resolver.resolve("Name.Example", waiter: waiter, timeout: 5_000)
        #expect(found.map(\.hostText) == ["192.0.2.7"])
      }
      #expect(server.questionCount == 1)
      await #expect(throws: ResolveError.notFound) {
        try await resolver.resolve("missing.example", waiter: waiter, timeout: 5_000)
      }
    }
  }

  @Test func `a failure that a name server answers is final`() throws {
    try onLoop { loop in
      let servers = [try NameServer(on: loop), try NameServer(on: loop)]
      let resolver = try ipv4Resolver(of: servers, on: loop)
      await #expect(throws: ResolveError.refused) {
        try await resolver.resolve("refused.example", waiter: Waiter(on: loop), timeout: 5_000)
      }
      #expect(servers.map(\.questionCount).reduce(0, +) == 1)
    }
  }

  @Test func `aliases are followed, 50 at most`() throws {
    try onLoop { loop in
      let server = try NameServer(on: loop)
      var options = Resolver.Options()
      options.servers = [server.address]
      let resolver = try Resolver(options, on: loop)
      let waiter = Waiter(on: loop)
      let found = try await resolver.resolve("cca.example", waiter: waiter, timeout: 5_000)
      #expect(found.map(\.hostText) == ["192.0.2.7"])
      #expect(server.questionCount == 6)
      _ = try await resolver.resolve("ca.example.", waiter: waiter, timeout: 5_000)
      #expect(server.questionCount == 6)
      let name = ByteString(repeatElement(UInt8(ascii: "c"), count: 51)) + "a.example"
      await #expect(throws: ResolveError.notFound) {
        try await resolver.resolve(name, waiter: waiter, timeout: 5_000)
      }
      _ = try await resolver.resolve(name.dropFirst(1), waiter: waiter, timeout: 5_000)
      await #expect(throws: ResolveError.notFound) {
        try await resolver.resolve("cm.example", waiter: waiter, timeout: 5_000)
      }
    }
  }

  @Test func `after a format error another name server is asked`() throws {
    try onLoop { loop in
      let servers = [try NameServer(on: loop), try NameServer(on: loop)]
      let resolver = try ipv4Resolver(of: servers, on: loop)
      // Each server fails at its first question.
      await #expect(throws: ResolveError.formatError) {
        try await resolver.resolve("f.example", waiter: Waiter(on: loop), timeout: 5_000)
      }
      #expect(servers.map(\.questionCount) == [1, 1])
      _ = try await resolver.resolve("f.example", waiter: Waiter(on: loop), timeout: 5_000)
    }
  }

  @Test func `silence of the name server ends at the deadline`() throws {
    try onLoop { loop in
      var options = Resolver.Options()
      let silent = linux_datagram_socket(AF_INET)
      defer { close(silent) }
      _ = SocketAddress.loopback0.withStorage { linux_bind(silent, $0, $1) }
      var storage = sockaddr_storage()
      var length = socklen_t(0)
      _ = linux_local(silent, &storage, &length)
      options.servers = [try #require(SocketAddress(storage, length: length))]
      let resolver = try Resolver(options, on: loop)
      await #expect(throws: ResolveError.timedOut) {
        try await resolver.resolve("name.example", waiter: Waiter(on: loop), timeout: 50)
      }
    }
  }

  @Test func `addresses are names of themselves`() {
    #expect(Resolver.resolveAtStart("127.0.0.1")?.map(\.hostText) == ["127.0.0.1"])
    #expect(Resolver.resolveAtStart("localhost")?.isEmpty == false)
  }
}
