import Bytes
import CLinux
import Testing

@testable import Sockets

@Suite struct ResolverTests {
  @Test func `a name is asked for once and its answer kept`() throws {
    try onLoop { loop in
      let server = try AnsweringServer(on: loop)
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

  @Test func `aliases are followed, 50 at most`() throws {
    try onLoop { loop in
      let server = try AnsweringServer(on: loop)
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

  @Test func `addresses are names of themselves`() {
    #expect(Resolver.resolveAtStart("127.0.0.1")?.map(\.hostText) == ["127.0.0.1"])
    #expect(Resolver.resolveAtStart("localhost")?.isEmpty == false)
  }
}
