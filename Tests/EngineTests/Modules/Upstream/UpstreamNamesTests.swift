import Bytes
import CLinux
import Sockets
import Synchronization
import Testing

@testable import Engine

@Suite struct UpstreamNamesTests {
  /// The address of a name server that never answers.
  private final class SilentNameServer {
    private let descriptor = linux_datagram_socket(AF_INET)
    let port: UInt16

    init() throws {
      let any = try #require(SocketAddress(hostText: "127.0.0.1", port: 0))
      _ = any.withStorage { [descriptor] in linux_bind(descriptor, $0, $1) }
      var storage = sockaddr_storage()
      var length = socklen_t(0)
      _ = linux_local(descriptor, &storage, &length)
      port = try #require(SocketAddress(storage, length: length)).port
    }

    deinit { close(descriptor) }
  }

  @Test func `who comes while nothing is known waits for the look-up that is under way`() throws {
    let nameServer = try SilentNameServer()
    let site = try #require(
      load(
        http: """
          resolver 127.0.0.1:\(nameServer.port) ipv6=off; resolver_timeout 200ms;
          upstream group { server name.invalid:80; }
          server { location / { proxy_pass http://group; } }
          """
      ).site)
    try withExchange(on: site) { exchange, _ in
      let group = try exchange.upstream(forAuthority: "group", defaultPort: 80).upstream
      let serving = exchange.connection.servingLoop
      let core = exchange.settings.core.value
      let loop = serving.eventLoop
      let waits = Mutex<[Milliseconds]>([])
      loop.submit {
        for _ in 0..<3 {
          loop.spawn {
            let start = loop.now
            await group.lookUpNames(on: serving, core, Waiter(on: loop))
            waits.withLock { $0.append(loop.now - start) }
            if waits.withLock({ $0.count }) == 3 { loop.stop() }
          }
        }
      }
      loop.run()
      #expect(waits.withLock { $0 }.allSatisfy { $0 >= 200 })
      #expect(waits.withLock { $0 }.count == 3)
    }
  }
}
