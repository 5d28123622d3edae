extension Configuration {
  /// Directives that change what a location lets in.
  static let limits = server(
    "limits", files: ["html/f.txt": "file\n", "html/sub/g.txt": "g\n"],
    """
    root html;
    error_page 405 =200 /f.txt;
    location /except { limit_except GET { deny all; } return 200 "x"; }
    location /except-proxy { limit_except GET { deny all; } proxy_pass http://127.0.0.1:{origin}; }
    location /recursive { recursive_error_pages on; error_page 404 /again; return 404; }
    location /again { error_page 403 /f.txt; return 403; }
    location /once { error_page 404 /again; return 404; }
    location /relative { absolute_redirect off; return 301 /new; }
    location /no-port { port_in_redirect off; return 302 /new; }
    location /server-name { server_name_in_redirect on; return 307 /new; }
    location /308 { return 308 http://example.org/; }
    location /text404 { return 404 "own\\n"; }
    location /204 { return 204; }
    location /empty { return 200; }
    location /not-logged { log_not_found off; }
    location /slashes { return 200 "$uri|$request_uri\\n"; }
    location /etag { etag off; alias html/; }
    location /ranges { max_ranges 0; alias html/; }
    location /ranges1 { max_ranges 1; alias html/; }
    location /exact { if_modified_since before; alias html/; }
    location /never { if_modified_since off; alias html/; }
    location /types { types { } default_type a/b; alias html/; }
    location /small { client_max_body_size 4; proxy_pass http://127.0.0.1:{origin}; }
    location /keep { keepalive_timeout 10s 7s; return 200 "x"; }
    location /no-chunks { chunked_transfer_encoding off; proxy_pass http://127.0.0.1:{origin}; }
    """,
    cases: [
      .get("/except"), .post("/except", "x"), .get("/except-proxy"), .head("/except-proxy"),
      .post("/except-proxy", "x"), .get("/recursive"), .get("/once"), .get("/relative"),
      .get("/no-port"), .get("/server-name", host: "other"), .get("/308"), .get("/text404"),
      .get("/204"), .get("/empty"), .get("/not-logged"), .get("/slashes//a///b"),
      .get("/slashes/%2e%2e/x"), .get("/%2e%2e/x"), .get("/../x"), .get("/slashes/a%00b"),
      .get("/etag/f.txt"), .get("/ranges/f.txt", "Range: bytes=0-1"),
      .get("/ranges1/f.txt", "Range: bytes=0-1,3-3"), .get("/ranges1/f.txt", "Range: bytes=0-1"),
      .get("/exact/f.txt", "If-Modified-Since: Wed, 01 May 2030 12:00:00 GMT"),
      .get("/never/f.txt", "If-Modified-Since: Wed, 01 May 2030 12:00:00 GMT"),
      .get("/types/f.txt"), .post("/small", "12345"), .post("/small", "1234"), .get("/keep"),
      .get(
        "/no-chunks",
        origin: [
          .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
        ]),
      .raw("TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("own method", "FETCH /f.txt HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("lower-case method", "get /f.txt HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("DELETE of a file", "DELETE /f.txt HTTP/1.1\r\nHost: a\r\n\r\n"),
      .get("/sub/../f.txt"), .get("/f.txt#part"), .get("/f.txt?"), .get("/%"), .get("/%zz"),
      .get("/\u{e9}"), .get("/f.txt%"),
    ])

  /// What upstream responses may say besides their content.
  static let upstreamResponses = http(
    "upstream responses",
    """
    upstream many { server 127.0.0.1:{origin}; keepalive 4; }
    server {
      listen 127.0.0.1:{port};
      location / { proxy_pass http://127.0.0.1:{origin}; }
      location /many { proxy_pass http://many/x;
        add_header X-Up "$upstream_http_x_a|$upstream_cookie_c"; }
      location /cache { expires max; proxy_pass http://127.0.0.1:{origin}; }
      location /intercept { proxy_intercept_errors on;
        error_page 401 402 /page; error_page 404 = @named;
        proxy_pass http://127.0.0.1:{origin}; }
      location /pass { proxy_pass_header X-Accel-Expires; proxy_pass_header Date;
        proxy_hide_header Set-Cookie; proxy_pass http://127.0.0.1:{origin}; }
      location /var { set $where 127.0.0.1:{origin}; proxy_pass http://$where; }
      location /var-uri { set $where 127.0.0.1:{origin}/other; proxy_pass http://$where; }
      location /var-up { set $where many; proxy_pass http://$where$request_uri; }
      location /cookies { proxy_cookie_path / "/; Secure";
        proxy_pass http://127.0.0.1:{origin}; }
      location /host { proxy_set_header Host ""; proxy_pass http://127.0.0.1:{origin}; }
      location /host2 { proxy_set_header Host $host:$server_port;
        proxy_pass http://127.0.0.1:{origin}; }
      location /sorry { proxy_pass http://127.0.0.1:{origin}; proxy_next_upstream http_404; }
      location /page { return 200 "page\\n"; }
      location @named { return 200 "named $upstream_status\\n"; }
    }
    """,
    cases: [
      .get(
        "/many", origin: [.raw(Origin.response("x", "X-A: 1", "X-A: 2", "Set-Cookie: c=d; Path=/"))]
      ),
      .get("/many/y?z=1"),
      .get("/cache", origin: [.raw(Origin.response("x", "Cache-Control: no-cache", "Expires: 0"))]),
      .get("/cache/404", origin: [.raw(Origin.response("x", status: "404 N"))]),
      .get(
        "/intercept",
        origin: [.raw(Origin.response("x", status: "401 N", "WWW-Authenticate: Basic realm=a"))]),
      .get("/intercept/404", origin: [.raw(Origin.response("x", status: "404 N"))]),
      .get("/intercept/403", origin: [.raw(Origin.response("x", status: "403 N"))]),
      .get(
        "/pass",
        origin: [
          .raw(
            Origin.response(
              "x", "X-Accel-Expires: 0", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "Set-Cookie: a=b"))
        ]),
      .get("/var/x?y"), .get("/var-uri/x?y"), .get("/var-up/x?y"),
      .get(
        "/cookies",
        origin: [
          .raw(Origin.response("x", "Set-Cookie: c=d; Path=/", "Set-Cookie: e=f; path=/a"))
        ]),
      .get("/host"), .get("/host2"),
      .get("/sorry", origin: [.raw(Origin.response("x", status: "404 N"))]),
      .get(
        "/304", "If-None-Match: \"a\"", "If-Modified-Since: x",
        origin: [.raw("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\n")]),
      .get("/204", origin: [.raw("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")]),
      .get("/205", origin: [.raw("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n")]),
      .get("/300", origin: [.raw(Origin.response("x", status: "300 Multiple Choices"))]),
      .get("/no-reason", origin: [.raw("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx")]),
      .get("/empty-reason", origin: [.raw("HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx")]),
      .get("/599", origin: [.raw(Origin.response("x", status: "599 Odd"))]),
      .get("/lf", origin: [.raw("HTTP/1.1 200 OK\nContent-Length: 1\n\nx")]),
      .get(
        "/folded",
        origin: [.rawThenClose("HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 1\r\n\r\nx")]),
      .get(
        "/space",
        origin: [.rawThenClose("HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 1\r\n\r\nx")]),
      .get(
        "/bad-chunk",
        origin: [.rawThenClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]),
      .get(
        "/cut-chunk",
        origin: [.rawThenClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")]),
      .get("/extra", origin: [.rawThenClose("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxyz")]),
      .get(
        "/lengths",
        origin: [
          .rawThenClose("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx")
        ]),
      .get(
        "/bad-length", origin: [.rawThenClose("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx")]),
      .get(
        "/bad-coding",
        origin: [.rawThenClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx")]),
      .get(
        "/trailer",
        origin: [
          .rawThenClose(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-T: 1\r\n\r\n")
        ]),
      .get(
        "/last-modified", "If-Modified-Since: Wed, 01 May 2024 12:00:00 GMT",
        origin: [
          .raw(
            Origin.response(
              "x", "Last-Modified: Wed, 01 May 2024 12:00:00 GMT", "ETag: \"a\"",
              "Accept-Ranges: bytes", "Vary: *"))
        ]),
      .head(
        "/chunked-head", origin: [.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]),
      .head("/plain-head", origin: [.raw("HTTP/1.1 200 OK\r\n\r\n")]),
      .get("/early", origin: [.answerUnread(Origin.response("early"))]),
      .post(
        "/early", String(repeating: "x", count: 200_000),
        origin: [
          .answerUnread("HTTP/1.1 413 Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        ]),
    ])

  /// Plain HTTP on a port for TLS.
  static let encryptedPort = http(
    "encrypted port",
    """
    server {
      listen 127.0.0.1:{port} ssl;
      ssl_certificate cert.pem;
      ssl_certificate_key cert.key;
      location / { return 200 "x"; }
    }
    """,
    cases: [
      .raw("plain HTTP", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("plain HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"),
    ])
}
