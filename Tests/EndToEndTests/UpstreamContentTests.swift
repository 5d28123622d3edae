import Foundation
import Testing

/// What becomes of requests whose content is not kept, and of responses that must not come fast.
@Suite struct UpstreamContentTests {
  private let origin: Origin
  private let port: Int
  private let proxy: Proxy

  init() throws {
    let prefix = try TemporaryFolder()
    origin = try Origin()
    port = try FreePorts.take()
    proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http {
        access_log off;
        upstream narrow { server 127.0.0.1:\(origin.port) max_conns=1; }
        server {
        listen 127.0.0.1:\(port);
        proxy_request_buffering off;
        client_body_buffer_size 4;
        proxy_http_version 1.1;
        location /stream { proxy_pass http://127.0.0.1:\(origin.port); error_page 502 = @again; }
        location /old { proxy_http_version 1.0; proxy_pass http://127.0.0.1:\(origin.port); }
        location /slow { limit_rate 40k; proxy_pass http://127.0.0.1:\(origin.port); }
        location /limited { proxy_limit_rate $arg_rate; proxy_read_timeout 200ms;
          proxy_pass http://127.0.0.1:\(origin.port); }
        location /tunnel { proxy_pass http://narrow; proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection upgrade; }
        location @again { proxy_pass http://127.0.0.1:\(origin.port); }
        }
        }

        """)
  }

  /// Sends content that is larger than `client_body_buffer_size`: what has come whole and fits into
  /// that is kept.
  private func post(_ path: String) throws -> Message? {
    let client = try Client(port: port)
    client.send("POST \(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    client.send("5\r\nhello\r\n0\r\n\r\n")
    return client.readResponse()
  }

  @Test func `content that a failed server has got is not announced to another`() throws {
    origin.play([.rawThenClose("")])
    #expect(try post("/stream")?.status == 502)
    #expect(origin.received().count == 1)
    proxy.stop()
  }

  @Test func `an interim response that comes in pieces does not spoil the final one`() throws {
    let responses = "HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\n" + Origin.response("whole")
    origin.play([.parts(responses.unicodeScalars.map { String($0) })])
    let client = try Client(port: port)
    client.send("GET /old HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text == "whole")
    proxy.stop()
  }

  @Test func `a path that the application names is asked for without the content`() throws {
    origin.play([.raw(Origin.response("", "X-Accel-Redirect: /stream/file"))])
    #expect(try post("/stream")?.status == 200)
    let requests = origin.received()
    #expect(requests.map(\.startLine) == ["POST /stream HTTP/1.1", "GET /stream/file HTTP/1.1"])
    #expect(requests.map(\.content.count) == [5, 0])
    #expect(requests.map(\.isComplete) == [true, true])
    proxy.stop()
  }

  @Test func `HTTP 1.0 gets a length in place of chunks`() throws {
    let client = try Client(port: port)
    client.send("POST /old HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    client.send("5\r\nhello\r\n0\r\n\r\n")
    #expect(client.readResponse()?.status == 200)
    let request = try #require(origin.received().first)
    #expect(request.startLine == "POST /old HTTP/1.0")
    #expect(request.content == Array("hello".utf8))
    #expect(!request.fields.contains { $0.name.lowercased() == "transfer-encoding" })
    proxy.stop()
  }

  @Test func `limit_rate slows a response that is passed on`() throws {
    origin.play([.raw(Origin.response(String(repeating: "x", count: 120_000)))])
    let client = try Client(port: port)
    let start = Date()
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.content.count == 120_000)
    #expect(Date().timeIntervalSince(start) > 0.5)
    proxy.stop()
  }

  @Test func `a tunnel counts as a connection until it ends`() throws {
    let switching =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
    origin.play([.tunnel(switching)])
    let client = try Client(port: port)
    client.send(
      "GET /tunnel HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
    #expect(client.readResponse()?.status == 101)
    #expect(try post("/tunnel")?.status == 502)
    client.socket.shutdownWrite()
    _ = client.readToEnd()
    #expect(try post("/tunnel")?.status == 200)
    proxy.stop()
  }

  @Test func `content is read no faster than it may be, and that is no silence`() throws {
    let content = String(repeating: "x", count: 30_000)
    origin.play([.raw(Origin.response(content))])
    let client = try Client(port: port)
    let start = ContinuousClock.now
    client.send("GET /limited?rate=10000 HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text == content)
    // The first second is granted at once.
    #expect(ContinuousClock.now - start > .milliseconds(1_900))
    proxy.stop()
  }

  @Test func `content without a limit comes at once`() throws {
    origin.play([.raw(Origin.response(String(repeating: "x", count: 4_000_000)))])
    let client = try Client(port: port)
    client.send("GET /limited?rate=0 HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text.utf8.count == 4_000_000)
    proxy.stop()
  }
}
