import Glibc
import Testing

/// What a thousand reloads leave behind: nothing.
@Suite(.serialized, .enabled(if: !Binaries.subjectIsNginx)) struct ManyReloadsTests {
  private let prefix: TemporaryFolder
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  private func text(_ version: Int) -> String {
    """
    http { access_log off; keepalive_requests 100000;
    upstream pool { server 127.0.0.1:9; } map $uri $x { default y; }
    server { listen 127.0.0.1:\(port); location / { return 200 \(version); }
    location /pool { proxy_pass http://pool; } } }
    """
  }

  private func page(_ client: Client) -> String? {
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    return client.readResponse()?.text
  }

  /// Reloads as often as there are versions, all the time on one connection; the command, which
  /// takes longer, is used for every tenth.
  private func reload(_ proxy: Proxy, _ versions: ClosedRange<Int>) throws {
    let client = try Client(port: port)
    for version in versions {
      if version % 10 == 0 {
        #expect(try proxy.reload(text(version), loops: 2).code == 0)
      } else {
        try prefix.write(Proxy.preamble(loops: 2) + text(version), to: "nginx.conf")
        proxy.program.send(SIGHUP)
      }
      guard wait(until: { page(client) == "\(version)" }) else {
        throw HarnessError("version \(version) does not show")
      }
    }
  }

  @Test func `a thousand reloads leave processes, descriptors and memory flat`() throws {
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text(0), loops: 2)
    let worker = try proxy.startedWorker()
    // With the first ones memory finds its size: what was freed does not fit what comes next.
    try reload(proxy, 1...500)
    // A checker that has not been reaped yet would count as one of the program's own.
    #expect(wait { proxy.program.descendants == [worker] })
    let (memory, descriptors) = (proxy.program.memoryKiB, proxy.program.descriptorCount)
    try reload(proxy, 501...1500)
    #expect(wait { proxy.program.descendants == [worker] })
    // At the first count the connection that had just ended may still have been open.
    #expect(wait { proxy.program.descriptorCount <= descriptors })
    let after = proxy.program.memoryKiB
    print("1,000 reloads: \(memory) KiB, then \(after) KiB; \(descriptors) descriptors")
    // 5 % of all memory; what files have of it depends on others, so it does not count as growth.
    #expect(after <= memory + proxy.program.wholeMemoryKiB / 20)
    proxy.stop()
    let log = prefix.read("error.log")
    #expect(!log.contains("[alert]"))
    #expect(log.contains("configuration 1501 is in use"))
  }
}
