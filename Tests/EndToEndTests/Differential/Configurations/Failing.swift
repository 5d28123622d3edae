extension Configuration {
  /// Every form of `error_page`, with and without `proxy_intercept_errors`.
  static let errorPages = server(
    "error pages", files: ["html/404.html": "not here\n", "html/50x.html": "broken\n"],
    """
    root html;
    error_page 404 /404.html;
    error_page 502 504 /50x.html;
    location /plain { return 404; }
    location /same { proxy_pass http://127.0.0.1:{origin}; }
    location /intercept { proxy_intercept_errors on; proxy_pass http://127.0.0.1:{origin}; }
    location /dead { proxy_pass http://127.0.0.1:{dead}; }
    location /changed { error_page 404 =200 /404.html; return 404; }
    location /taken { error_page 404 = /answer; return 404; }
    location /named { error_page 403 = @named; return 403; }
    location /away { error_page 404 =301 http://example.org/x; return 404; }
    location /found { error_page 404 http://example.org/y; return 404; }
    location /missing-page { error_page 403 /none.html; return 403; }
    location = /answer { return 207 "answer $status\\n"; }
    location @named { return 202 "named $uri\\n"; }
    """,
    cases: [
      .get("/nothing"), .get("/plain"), .head("/plain"), .post("/plain", "x"),
      .get("/same", origin: [.raw(Origin.response("own", status: "404 Not Found"))]),
      .get("/intercept", origin: [.raw(Origin.response("own", status: "404 Not Found"))]),
      .get("/intercept/500", origin: [.raw(Origin.response("own", status: "500 Oh"))]),
      .get("/dead"), .get("/changed"), .get("/taken"), .get("/named"), .get("/away"),
      .get("/found"), .get("/missing-page"), .get("/404.html"),
    ])

  /// What becomes of an origin that fails.
  static let upstreamFailures = http(
    "upstream failures",
    """
    upstream pair { server 127.0.0.1:{origin} max_fails=0; server 127.0.0.1:{origin2} backup; }
    upstream half { server 127.0.0.1:{dead} max_fails=0; server 127.0.0.1:{origin2} backup; }
    server {
      listen 127.0.0.1:{port};
      proxy_read_timeout 300ms;
      location / { proxy_pass http://127.0.0.1:{origin}; }
      location /dead { proxy_pass http://127.0.0.1:{dead}; }
      location /half { proxy_pass http://half; }
      location /pair { proxy_pass http://pair; }
      location /status { proxy_next_upstream error timeout http_503; proxy_pass http://pair; }
      location /never { proxy_next_upstream off; proxy_pass http://pair; }
      location /small { proxy_buffer_size 1k; proxy_pass http://127.0.0.1:{origin}; }
    }
    """,
    cases: [
      .get("/dead"), .get("/half/x"), .get("/reset", origin: [.closeUnread]),
      .get("/timeout", origin: [.silence(after: "")]),
      .get("/invalid", origin: [.rawThenClose("HTTP/x nonsense\r\n\r\n")]),
      .get("/closed-early", origin: [.rawThenClose("")]),
      .get("/half-head", origin: [.rawThenClose("HTTP/1.1 200 OK\r\nX-A: b")]),
      .get("/short", origin: [.rawThenClose("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")]),
      .get("/bad-field", origin: [.rawThenClose("HTTP/1.1 200 OK\r\nno colon\r\n\r\nx")]),
      .get(
        "/twice",
        origin: [
          .rawThenClose(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx")
        ]),
      .get(
        "/both",
        origin: [
          .rawThenClose(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        ]),
      .get("/pair/ok"), .get("/pair/next", origin: [.rawThenClose("")]),
      .get("/pair/timeout", origin: [.silence(after: "")]),
      .post("/pair/post", "abc", origin: [.rawThenClose("")]),
      .get("/status", origin: [.raw(Origin.response("x", status: "503 Busy"))]),
      .get("/pair/503", origin: [.raw(Origin.response("x", status: "503 Busy"))]),
      .get("/never", origin: [.rawThenClose("")]),
      .get(
        "/small",
        origin: [
          .rawThenClose(Origin.response("x", "X-Long: \(String(repeating: "a", count: 2000))"))
        ]),
    ])

  /// Request content in every framing.
  static let requestContent = server(
    "request content",
    """
    client_max_body_size 1000;
    location / { proxy_pass http://127.0.0.1:{origin}; }
    location /stream { proxy_request_buffering off; proxy_pass http://127.0.0.1:{origin}; }
    location /kept { proxy_request_buffering off; add_header X-Body "$request_body";
      proxy_pass http://127.0.0.1:{origin}; }
    location /file { client_max_body_size 0; client_body_buffer_size 1k;
      proxy_pass http://127.0.0.1:{origin}; }
    location /impatient { client_body_timeout 300ms; proxy_pass http://127.0.0.1:{origin}; }
    location /discard { return 200 "discarded\\n"; }
    """,
    cases: [
      .post("/length", "hello"), .post("/zero", ""), .post("/put", "x", method: "PUT"),
      .post("/delete", "x", method: "DELETE"), .post("/stream", "hello"),
      .post("/kept", "hello"),
      .post("/large", String(repeating: "x", count: 1001)),
      .post("/exact", String(repeating: "x", count: 1000)),
      .post("/file", String(repeating: "0123456789", count: 10_000)),
      .post("/discard", "hello"),
      .raw("chunked", chunked("/chunked", "5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n")),
      .raw("chunked streamed", chunked("/stream", "5\r\nhello\r\n0\r\n\r\n")),
      .raw("chunk extension", chunked("/extension", "5;a=b\r\nhello\r\n0\r\n\r\n")),
      .raw("trailer section", chunked("/trailer", "5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n")),
      .raw("chunked empty", chunked("/empty", "0\r\n\r\n")),
      .raw("chunked too large", chunked("/large", "7d0\r\nx")),
      .raw("chunked too large by its size line", chunked("/impatient", "7d0\r\n")),
      .raw("content that does not come", chunked("/impatient", "5\r\nhel")),
      .steps(
        "chunked streamed after the head",
        [
          .send(chunked("/stream", "", "Expect: 100-continue")), .read(),
          .send("5\r\nhello\r\n0\r\n\r\n"), .read(),
        ]),
      .raw("chunk size malformed", chunked("/bad", "xyz\r\n")),
      .steps(
        "Expect",
        [
          .send("POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"),
          .read(), .send("abc"), .read(),
        ]),
      .steps(
        "Expect without content",
        [
          .send("POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-Continue\r\n\r\n"),
          .read(), .read(),
        ]),
      .raw("discarded chunks", chunked("/discard", "5\r\nhello\r\n0\r\n\r\n")),
      .raw("discarded chunk malformed", chunked("/discard", "4\r\nSEE-THIS\r\n0\r\n\r\n")),
      .steps(
        "Expect and too large",
        [
          .send(
            "POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\nExpect: 100-continue\r\n\r\n"),
          .read(),
        ]),
      .raw("HTTP/1.0 with content", "POST /old HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"),
    ])

  /// Requests that cannot be framed or make no sense.
  static let malformedRequests = server(
    "malformed requests",
    "location / { proxy_pass http://127.0.0.1:{origin}; }",
    cases: [
      .raw("no Host", "GET / HTTP/1.1\r\n\r\n"),
      .raw("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
      .raw("invalid Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
      .raw("bare LF line ends", "GET /lf HTTP/1.1\nHost: a\n\n"),
      .raw("bare LF, then CRLF", "GET /lf HTTP/1.1\nHost: a\r\nX: b\n\r\n"),
      .raw("mixed line ends", "GET /lf HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
      .raw("length and chunked", malformed("Content-Length: 3", "Transfer-Encoding: chunked")),
      .raw("two lengths", malformed("Content-Length: 0", "Content-Length: 0")),
      .raw("length not a number", malformed("Content-Length: 1x")),
      .raw("negative length", malformed("Content-Length: -1")),
      .raw("length list", malformed("Content-Length: 1, 1")),
      .raw("unknown transfer coding", malformed("Transfer-Encoding: zip")),
      .raw("two transfer codings", malformed("Transfer-Encoding: gzip, chunked")),
      .raw("chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
      .raw("unknown version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
      .raw("garbage version", "GET / HTTX/1.1\r\nHost: a\r\n\r\n"),
      .raw("lower case method", "get / HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("no leading slash", "GET x HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("above the root", "GET /../x HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("encoded NUL", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("broken percent", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("NUL in a field", "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n"),
      .raw("space before the colon", malformed("X-A : b")),
      .raw("TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
      .raw(
        "long target", "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("long field", malformed("X: \(String(repeating: "a", count: 9000))")),
    ])

  /// Versions, persistence and pipelining.
  static let connections = server(
    "connections",
    """
    keepalive_requests 4;
    location / { return 200 "$request_uri $connection_requests\\n"; }
    location /origin { proxy_pass http://127.0.0.1:{origin}; }
    location /off { keepalive_timeout 0; return 200 "off\\n"; }
    """,
    cases: [
      .raw("HTTP/1.0", "GET /old HTTP/1.0\r\n\r\n"),
      .raw("HTTP/1.0 keep-alive", "GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
      .raw(
        "HTTP/1.0 to a chunked origin", "GET /origin HTTP/1.0\r\nHost: a\r\n\r\n",
        origin: [.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")]
      ),
      .raw("close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
      .raw("pipelined", pipelined("/1", "/2", "/3"), responses: 3),
      .raw("more than keepalive_requests", pipelined("/1", "/2", "/3", "/4", "/5"), responses: 5),
      .raw("pipelined through the origin", pipelined("/origin/1", "/2", "/origin/3"), responses: 3),
      .raw("blank line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      .get("/off"), .raw("HTTP/0.9", "GET /\r\n"),
      .steps(
        "head in pieces",
        [.send("GET /p HTT"), .send("P/1.1\r\nHo"), .send("st: a\r\n\r\n"), .read()]),
    ])
}

private func chunked(_ target: String, _ chunks: String, _ fields: String...) -> String {
  let head = ["POST \(target) HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"] + fields
  return (head + ["", chunks]).joined(separator: "\r\n")
}

private func malformed(_ fields: String...) -> String {
  (["POST / HTTP/1.1", "Host: a"] + fields + ["", ""]).joined(separator: "\r\n")
}

private func pipelined(_ targets: String...) -> String {
  targets.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
}
