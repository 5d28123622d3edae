import Bytes
import CLinux
import Testing

@testable import Sockets

@Suite struct NameServerTests {
  @Test func `a failure that a name server answers is final`() throws {
    try onLoop { loop in
      let servers = [try AnsweringServer(on: loop), try AnsweringServer(on: loop)]
      let resolver = try ipv4Resolver(of: servers, on: loop)
      await #expect(throws: ResolveError.refused) {
        try await resolver.resolve("refused.example", waiter: Waiter(on: loop), timeout: 5_000)
      }
      #expect(servers.map(\.questionCount).reduce(0, +) == 1)
    }
  }

  @Test func `after a format error another name server is asked`() throws {
    try onLoop { loop in
      let servers = [try AnsweringServer(on: loop), try AnsweringServer(on: loop)]
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

  @Test func `all questions about a name go to one name server, and names take turns`() throws {
    try onLoop { loop in
      let servers = [try AnsweringServer(on: loop), try AnsweringServer(on: loop)]
      var options = Resolver.Options()
      options.servers = servers.map(\.address)
      let resolver = try Resolver(options, on: loop)
      let waiter = Waiter(on: loop)
      for (name, counts): (ByteString, [Int]) in [
        ("a.example", [2, 0]), ("b.example", [2, 2]), ("a.example", [2, 2]), ("d.example", [4, 2]),
      ] {
        _ = try await resolver.resolve(name, waiter: waiter, timeout: 5_000)
        #expect(servers.map(\.questionCount) == counts)
      }
    }
  }

  @Test func `where an answer is truncated and TCP is silent, another name server is asked`() throws
  {
    try onLoop { loop in
      let silent = linux_stream_socket(AF_INET)
      defer { close(silent) }
      var truncating = try AnsweringServer(on: loop, truncates: true)
      // The same port may be somebody's for TCP.
      while truncating.address.withStorage({ linux_bind(silent, $0, $1) }) != 0 {
        truncating = try AnsweringServer(on: loop, truncates: true)
      }
      #expect(listen(silent, 8) == 0)
      let servers = [truncating, try AnsweringServer(on: loop)]
      let resolver = try ipv4Resolver(of: servers, patience: 20, on: loop)
      let waiter = Waiter(on: loop)
      let found = try await resolver.resolve("a.example", waiter: waiter, timeout: 60_000)
      #expect(found.map(\.hostText) == ["192.0.2.7"])
      #expect(servers.map(\.questionCount) == [1, 1])
    }
  }

  @Test func `a sole name server that is silent is asked for as long as somebody waits`() throws {
    try onLoop { loop in
      let server = try AnsweringServer(on: loop)
      server.ignoredCount = 6
      let resolver = try ipv4Resolver(of: [server], patience: 5, on: loop)
      let waiter = Waiter(on: loop)
      _ = try await resolver.resolve("a.example", waiter: waiter, timeout: 60_000)
      #expect(server.questionCount >= 7)
    }
  }
}
