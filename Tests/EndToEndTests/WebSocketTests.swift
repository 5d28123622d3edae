import Foundation
import Testing

/// WebSockets over TLS, with peers by another author.
@Suite(.serialized) struct WebSocketTests {
  @Test(.enabled(if: Binaries.python != nil), arguments: ["subprotocols", "many"])
  func `messages pass both ways through wss while plain https works`(mode: String) throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let origin = try FreePorts.take()
    let locations =
      webSocketLocation("/wss", origin: origin) + "\nlocation / { return 200 plain; }"
    let proxy = try Proxy.encrypted(port: port, prefix: prefix, locations)
    let result = try run(
      [
        try #require(Binaries.python), Binaries.peer("websocket.py"), "\(origin)", "\(port)",
        "\(prefix.path)/cert.pem", mode,
      ], within: 120)
    #expect(result.output == "ok\n")
    #expect(try curl(trusting: prefix, "https://localhost:\(port)/") == "plain")
    proxy.stop()
  }

  @Test(.enabled(if: Binaries.chromium != nil && Binaries.python != nil))
  func `the demo page shows the echo in Chromium`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let origin = try FreePorts.take()
    let server = try Program(
      ["python3", "\(Binaries.packageFolder)/scripts/demo-origin", "\(origin)"],
      output: "\(prefix.path)/origin")
    try server.waitForFile("origin", in: prefix.path)
    let pages = "\nlocation / { proxy_pass http://127.0.0.1:\(origin); }"
    let proxy = try Proxy.encrypted(
      port: port, prefix: prefix, webSocketLocation("/wss", origin: origin) + pages)
    let pictures = "\(Binaries.packageFolder)/.build-pictures"
    try FileManager.default.createDirectory(
      atPath: pictures, withIntermediateDirectories: true)
    let page = try run([
      try #require(Binaries.python), Binaries.peer("chromium.py"),
      try #require(Binaries.chromium), "\(prefix.path)/chromium", "https://localhost:\(port)/",
      "echo: hello", "\(pictures)/demo.png",
    ])
    #expect(page.code == 0)
    #expect(page.output.contains("echo: hello"))
    #expect(FileManager.default.fileExists(atPath: "\(pictures)/demo.png"))
    proxy.stop()
  }
}
