import Foundation
import Glibc
import Testing

/// What a cache does with several clients, with a slow disk's troubles, and over a restart.
@Suite struct CacheTests {
  private let prefix: TemporaryFolder
  private let origin: Origin
  private let port: Int
  private let dead: Int

  init() throws {
    prefix = try TemporaryFolder()
    origin = try Origin()
    port = try FreePorts.take()
    dead = try FreePorts.take()
  }

  private func configuration(origin: Int) -> String {
    """
    http {
    access_log off;
    proxy_cache_path cache levels=1:2 keys_zone=c:1m;
    server {
    listen 127.0.0.1:\(port);
    proxy_cache c;
    proxy_cache_valid 1h;
    proxy_cache_lock on;
    add_header X-Cache $upstream_cache_status always;
    proxy_cache_key $request_uri;
    location / { proxy_pass http://127.0.0.1:\(origin); }
    location /any {
    proxy_cache_key $uri;
    proxy_cache_use_stale updating;
    proxy_cache_background_update on;
    proxy_pass http://$arg_host;
    }
    }
    }

    """
  }

  private func start(loops: Int = 1, origin other: Int? = nil) throws -> Proxy {
    try Proxy(
      Binaries.subject, prefix: prefix, configuration: configuration(origin: other ?? origin.port),
      loops: loops)
  }

  private func get(_ path: String) throws -> Message? {
    let client = try Client(port: port)
    client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
    return client.readResponse()
  }

  @Test func `one request fetches a response for all who ask, on every loop`() throws {
    let port = try FreePorts.take()
    let listener = try RawSocket.listen(on: port)
    let proxy = try start(loops: 2, origin: port)
    defer { proxy.stop() }
    let clients = try (0..<12).map { _ in try Client(port: self.port) }
    for client in clients { client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n") }
    let socket = try #require(listener.accept(within: 5))
    // Whoever did not wait would be here by now.
    #expect(listener.accept(within: 0.5) == nil)
    socket.send(Array(Origin.response("one").utf8))
    let responses = clients.map { $0.readResponse() }
    #expect(responses.allSatisfy { $0?.text == "one" })
    #expect(responses.filter { $0?["X-Cache"] == "MISS" }.count == 1)
    #expect(responses.filter { $0?["X-Cache"] == "HIT" }.count == 11)
  }

  @Test func `a response is kept although its client has left`() throws {
    let port = try FreePorts.take()
    let listener = try RawSocket.listen(on: port)
    let proxy = try start(origin: port)
    defer { proxy.stop() }
    let client = try Client(port: self.port)
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
    let socket = try #require(listener.accept(within: 5))
    socket.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n".utf8))
    _ = client.readBytes(12)
    client.socket.resetOnClose()
    client.socket.close()
    socket.send([UInt8](repeating: 120, count: 200_000))
    let response = try get("/a")
    #expect(response?["X-Cache"] == "HIT" && response?.content.count == 200_000)
  }

  @Test func `what an earlier process has kept is served, and nothing that is broken`() throws {
    origin.play([.raw(Origin.response("one")), .raw(Origin.response("two"))])
    let first = try start()
    #expect(try get("/a")?.text == "one")
    #expect(try get("/b")?.text == "two")
    first.stop()
    let files = try cacheFiles()
    #expect(files.count == 2)
    let broken = try #require(
      files.first {
        String(decoding: (try? Data(contentsOf: $0)) ?? Data(), as: UTF8.self)
          .contains("two")
      })
    try Data(contentsOf: broken).dropLast(1).write(to: broken)
    origin.play([.raw(Origin.response("three"))])
    let second = try start()
    defer { second.stop() }
    #expect(try get("/a")?["X-Cache"] == "HIT")
    let response = try get("/b")
    #expect(response?["X-Cache"] == "MISS" && response?.text == "three")
    #expect(prefix.read("error.log").contains("is broken"))
  }

  @Test func `what is kept stays over a reload`() throws {
    origin.play([.raw(Origin.response("one"))])
    let proxy = try start()
    defer { proxy.stop() }
    #expect(try get("/a")?.text == "one")
    #expect(try proxy.reload(configuration(origin: dead)).code == 0)
    let response = try get("/a")
    #expect(response?["X-Cache"] == "HIT" && response?.text == "one")
    #expect(try get("/b")?.status == 502)
  }

  @Test func `a folder that cannot be written to costs an answer nothing`() throws {
    origin.play([.raw(Origin.response("one")), .raw(Origin.response("two"))])
    let proxy = try start()
    defer { proxy.stop() }
    prefix.remove("cache")
    try prefix.write("", to: "cache")
    #expect(try get("/a")?.text == "one")
    #expect(try get("/a")?.text == "two")
    let lines = prefix.errorLogLines.filter { $0.contains("[crit]") }
    #expect(lines.filter { $0.contains("failed (20: Not a directory)") }.count >= 2)
  }

  @Test func `a host without an address costs a stored response nothing`() throws {
    let proxy = try start()
    defer { proxy.stop() }
    func cacheStatus(host: String) throws -> String? { try get("/any?host=\(host)")?["X-Cache"] }
    let host = "127.0.0.1:\(origin.port)"
    origin.play([.raw(Origin.response("one", "X-Accel-Expires: @1")), .raw(Origin.response("two"))])
    #expect(try cacheStatus(host: host) == "MISS")
    #expect(try cacheStatus(host: "nowhere.test") == "STALE")
    // The renewal that could not succeed has ended: another one may.
    #expect(wait { (try? cacheStatus(host: "nowhere.test")) == "STALE" })
    #expect(wait { (try? cacheStatus(host: host)) == "HIT" })
    #expect(try get("/any?host=nowhere.test")?.text == "two")
    #expect(prefix.read("error.log").contains("no resolver defined to resolve nowhere.test"))
  }

  @Test func `what a server nominates in Connection still counts for the cache`() throws {
    origin.play(
      ["one", "two"].map {
        let fields = ["Connection: Cache-Control, close", "Cache-Control: private"]
        return .raw(Origin.response($0, fields[0], fields[1]))
      })
    let proxy = try start()
    defer { proxy.stop() }
    let response = try get("/a")
    #expect(response?.text == "one" && response?["Cache-Control"] == nil)
    #expect(try get("/a")?.text == "two")
  }

  @Test(arguments: ["Cache-Control: private", "X-Accel-Buffering: no"])
  func `nobody waits for a response that is not stored`(field: String) throws {
    let port = try FreePorts.take()
    let listener = try RawSocket.listen(on: port)
    let proxy = try start(origin: port)
    defer { proxy.stop() }
    let clients = try (0..<2).map { _ in try Client(port: self.port) }
    for client in clients { client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n") }
    let first = try #require(listener.accept(within: 5))
    first.send(Array("HTTP/1.1 200 OK\r\n\(field)\r\nContent-Length: 4\r\n\r\none".utf8))
    // It comes before the response is complete, and before the lock times out.
    let second = try #require(listener.accept(within: 3))
    first.send(Array("!".utf8))
    second.send(Array(Origin.response("two").utf8))
    #expect(Set(clients.map { $0.readResponse()?.text }) == ["one!", "two"])
  }

  private func cacheFiles() throws -> [URL] {
    let folder = URL(fileURLWithPath: prefix.path).appendingPathComponent("cache")
    let all = FileManager.default.enumerator(
      at: folder, includingPropertiesForKeys: [.isRegularFileKey])
    return (all?.compactMap { $0 as? URL } ?? []).filter { !$0.hasDirectoryPath }
  }
}
