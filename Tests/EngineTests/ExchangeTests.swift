import Bytes
import Testing

@testable import Engine

@Suite struct ExchangeTests {
  @Test(arguments: [
    ("GET / HTTP/1.1", "400"), ("GET / HTTP/1.1\nHost: a\nHost: b", "400"),
    ("GET / HTTP/1.1\nHost: a/b", "400"), ("GET /../a HTTP/1.1\nHost: h", "400"),
    ("TRACE / HTTP/1.1\nHost: h", "405"), ("CONNECT h:1 HTTP/1.1\nHost: h", "405"),
    ("OPTIONS * HTTP/1.1\nHost: h", "400"), ("GET / HTTP/2.0\nHost: h", "505"),
    ("POST / HTTP/1.1\nHost: h\nContent-Length: x", "400"),
    ("POST / HTTP/1.1\nHost: h\nContent-Length: 1\nTransfer-Encoding: chunked", "400"),
    ("POST / HTTP/1.1\nHost: h\nTransfer-Encoding: gzip", "501"),
    ("GET / HTTP/1.0", "200"), ("GET http://x/ HTTP/1.1\nHost: h", "200"),
  ])
  func `a head that others may read otherwise is refused`(request: String, status: String) throws {
    #expect(try outcome(answer(request, server: "return 200 ok;")).hasPrefix(status))
  }

  @Test(arguments: [
    ("GET http://Other:81/a HTTP/1.1\nHost: h", "other /a"),
    ("GET /a%20b?c HTTP/1.1\nHost: H:1", "h /a b"), ("GET //a/./b/../c HTTP/1.0", " /a/c"),
  ])
  func `host and path are those of the target`(request: String, expected: String) throws {
    try withExchange(request, server: "server_name '';") { exchange in
      #expect("\(exchange.host) \(exchange.path)" == expected)
    }
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\nHost: h", true), ("GET / HTTP/1.0\nHost: h", false),
    ("GET / HTTP/1.1\nHost: h\nConnection: close", false),
    ("GET / HTTP/1.0\nHost: h\nConnection: keep-alive", true),
  ])
  func `a connection is kept as its client wants it`(request: String, isPersistent: Bool) throws {
    try withExchange(request, server: "") { #expect($0.isPersistent == isPersistent) }
    try withExchange(request, server: "keepalive_timeout 0;") { #expect(!$0.allowsPersistence) }
  }
}
