/// What is kept, for how long, and what the origin is asked meanwhile.
extension Configuration {
  /// One cache and its directives.
  ///
  /// Responses that are to be old at once say so with `X-Accel-Expires: @1`.
  static let caching = http(
    "caching",
    """
    proxy_cache_path cache levels=1:2 keys_zone=c:1m;
    log_format cache '$uri $status $upstream_cache_status $upstream_status';
    access_log access.log cache;
    server {
    listen 127.0.0.1:{port};
    server_name localhost;
    add_header X-Cache $upstream_cache_status always;
    proxy_cache c;
    proxy_set_header Connection "";
    location / { proxy_pass http://127.0.0.1:{origin}; }
    location /valid { proxy_pass http://127.0.0.1:{origin};
      proxy_cache_valid 1m; proxy_cache_valid 404 500 1m; }
    location /any { proxy_pass http://127.0.0.1:{origin}; proxy_cache_valid 200 0;
      proxy_cache_valid any 1m; }
    location /key { proxy_pass http://127.0.0.1:{origin}; proxy_cache_key $uri; }
    location /bypass { proxy_pass http://127.0.0.1:{origin}; proxy_cache_key $uri;
      proxy_cache_bypass $arg_bypass $http_pragma; proxy_no_cache $arg_no; }
    location /post { proxy_pass http://127.0.0.1:{origin}; proxy_cache_methods POST; }
    location /uses { proxy_pass http://127.0.0.1:{origin}; proxy_cache_min_uses 3; }
    location /ignored { proxy_pass http://127.0.0.1:{origin}; proxy_cache_valid 1m;
      proxy_ignore_headers Cache-Control Expires; proxy_ignore_headers Set-Cookie Vary; }
    location /head-off { proxy_pass http://127.0.0.1:{origin}; proxy_cache_convert_head off;
      proxy_cache_key $uri$request_method; }
    location /offset { proxy_pass http://127.0.0.1:{origin}; proxy_cache_max_range_offset 4; }
    location /unbuffered { proxy_pass http://127.0.0.1:{origin}; proxy_buffering off; }
    location /hidden { proxy_pass http://127.0.0.1:{origin}; proxy_hide_header X-Secret; }
    location /off { proxy_pass http://127.0.0.1:{origin}; proxy_cache off; }
    location /named { proxy_pass http://127.0.0.1:{origin}; proxy_cache $arg_zone; }
    location /dead { proxy_pass http://127.0.0.1:{dead}; proxy_cache_valid 502 1m; }
    location /page { proxy_pass http://127.0.0.1:{origin}; proxy_intercept_errors on;
      proxy_cache_valid 404 1m; error_page 404 = @page; }
    location @page { return 403 "no page"; }
    location /uri/ { proxy_pass http://127.0.0.1:{origin}/other/; }
    location /gzip { proxy_pass http://127.0.0.1:{origin}; proxy_cache_key $uri; }
    }
    """,
    cases: keeping + askingAgain + judging + choosing)

  /// Responses that are used although they are too old.
  static let stale = http(
    "stale responses",
    """
    proxy_cache_path stale keys_zone=c:1m;
    server {
    listen 127.0.0.1:{port};
    server_name localhost;
    add_header X-Cache $upstream_cache_status always;
    proxy_cache c;
    proxy_set_header Connection "";
    location / { proxy_pass http://127.0.0.1:{origin};
      proxy_cache_use_stale error http_500; }
    location /revalidated { proxy_pass http://127.0.0.1:{origin}; proxy_cache_revalidate on; }
    location /background { proxy_pass http://127.0.0.1:{origin};
      proxy_cache_background_update on; }
    location /never { proxy_pass http://127.0.0.1:{origin}; }
    }
    """,
    cases: staleness)

  private static let fresh = "Cache-Control: max-age=60"
  private static let old = "X-Accel-Expires: @1"

  /// Asks several times for a target, on one connection.
  private static func again(
    _ name: String, _ target: String, times: Int = 2, _ fields: String...,
    origin replies: [Origin.Reply]
  ) -> RequestCase {
    let lines = ["GET \(target) HTTP/1.1", "Host: localhost"] + fields + ["", ""]
    let text = lines.joined(separator: "\r\n")
    return .steps(
      name, (0..<times).flatMap { _ in [.send(text), .read()] as [RequestCase.Step] },
      origin: replies)
  }

  /// Sends heads one after another, on one connection.
  private static func heads(
    _ name: String, _ heads: [[String]], origin replies: [Origin.Reply]
  ) -> RequestCase {
    .steps(
      name,
      heads.flatMap { lines -> [RequestCase.Step] in
        let text = ([lines[0] + " HTTP/1.1", "Host: localhost"] + lines.dropFirst() + ["", ""])
          .joined(separator: "\r\n")
        return [.send(text), .read(toHead: lines[0].hasPrefix("HEAD"))]
      }, origin: replies)
  }

  private static func reply(_ content: String, status: String = "200 OK", _ fields: String...)
    -> Origin.Reply
  {
    let head = ["HTTP/1.1 \(status)", "Content-Type: text/plain"] + fields
    let length = "Content-Length: \(content.utf8.count)"
    return .raw((head + [length, "", content]).joined(separator: "\r\n"))
  }

  // MARK: - What is kept

  private static let keeping: [RequestCase] = [
    again("max-age", "/max-age", origin: [reply("one", fresh), reply("two")]),
    again("s-maxage", "/s-maxage", origin: [reply("one", "Cache-Control: max-age=0, s-maxage=9")]),
    again("nothing said", "/nothing", origin: [reply("one"), reply("two")]),
    again(
      "no-cache", "/no-cache", origin: [reply("one", "Cache-Control: no-cache"), reply("two")]),
    again(
      "no-store", "/no-store", origin: [reply("one", "Cache-Control: No-Store"), reply("two")]),
    again("private", "/private", origin: [reply("one", "Cache-Control: private"), reply("two")]),
    again("max-age=0", "/zero", origin: [reply("one", "Cache-Control: max-age=0"), reply("two")]),
    again("no number", "/none", origin: [reply("one", "Cache-Control: max-age=x"), reply("two")]),
    again(
      "Expires", "/expires", origin: [reply("one", "Expires: Thu, 31 Dec 2037 23:55:55 GMT")]),
    again(
      "Expires in the past", "/expired",
      origin: [reply("one", "Expires: Thu, 01 Jan 1970 00:00:01 GMT"), reply("two")]),
    again("X-Accel-Expires", "/accel", origin: [reply("one", "X-Accel-Expires: 60")]),
    again(
      "X-Accel-Expires against others", "/accel-first",
      origin: [reply("one", "Cache-Control: no-cache", "X-Accel-Expires: 60")]),
    again(
      "X-Accel-Expires of 0", "/accel-zero",
      origin: [reply("one", fresh, "X-Accel-Expires: 0"), reply("two")]),
    again("a cookie", "/cookie", origin: [reply("one", fresh, "Set-Cookie: a=b"), reply("two")]),
    again("valid", "/valid/a", origin: [reply("one"), reply("two")]),
    again("valid 404", "/valid/b", origin: [reply("one", status: "404 Not Found"), reply("two")]),
    again("not valid 403", "/valid/c", origin: [reply("one", status: "403 No"), reply("two")]),
    again("any", "/any/a", origin: [reply("one", status: "403 No"), reply("two")]),
    again("any but 200", "/any/b", origin: [reply("one"), reply("two")]),
    again(
      "ignored fields", "/ignored/a",
      origin: [
        reply("one", "Cache-Control: no-store", "Set-Cookie: a=b", "Vary: *"), reply("two"),
      ]),
    again(
      "a redirect", "/redirect",
      origin: [
        reply("", status: "302 Found", fresh, "Location: http://e.example/")
      ]),
    again(
      "chunks", "/chunks",
      origin: [
        .raw(
          "HTTP/1.1 200 OK\r\n\(fresh)\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n")
      ]),
    again(
      "until the end", "/end", origin: [.rawThenClose("HTTP/1.1 200 OK\r\n\(fresh)\r\n\r\none")]),
    again(
      "an own reason and fields", "/fields",
      origin: [
        reply("one", status: "200 Fine", fresh, "X-A: b", "X-A: c", "Date: x", "Server: y")
      ]),
    again("hidden", "/hidden/a", origin: [reply("one", fresh, "X-Secret: 1")]),
    again(
      "large content", "/large",
      origin: [
        reply(String(repeating: "0123456789abcdef", count: 9_000), fresh)
      ]),
    again("no content", "/empty", origin: [reply("", fresh)]),
    again("204", "/204", origin: [.raw("HTTP/1.1 204 No Content\r\n\(fresh)\r\n\r\n")]),
    again("unbuffered", "/unbuffered/a", origin: [reply("one", fresh), reply("two")]),
    again(
      "unbuffered by the server", "/accel-unbuffered",
      origin: [reply("one", fresh, "X-Accel-Buffering: no"), reply("two")]),
  ]

  // MARK: - What the origin is asked

  private static let askingAgain: [RequestCase] = [
    heads(
      "HEAD, then GET", [["HEAD /head"], ["GET /head"], ["HEAD /head"]],
      origin: [
        reply("one", fresh), reply("two"),
      ]),
    heads(
      "HEAD as it is", [["HEAD /head-off"], ["HEAD /head-off"]],
      origin: [
        .raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\(fresh)\r\n\r\n")
      ]),
    heads(
      "conditions are not passed on",
      [
        ["GET /conditions", "If-None-Match: \"x\"", "If-Modified-Since: x", "Range: bytes=0-1"]
      ], origin: [reply("one", fresh)]),
    heads(
      "queries differ", [["GET /query?a"], ["GET /query?b"], ["GET /query?a"]],
      origin: [
        reply("one", fresh), reply("two", fresh),
      ]),
    heads(
      "queries do not differ", [["GET /key?a"], ["GET /key?b"]], origin: [reply("one", fresh)]),
    heads(
      "spellings differ", [["GET /spelling/%61"], ["GET /spelling/a"]],
      origin: [
        reply("one", fresh), reply("two", fresh),
      ]),
    heads("another path", [["GET /uri/a"], ["GET /uri/a"]], origin: [reply("one", fresh)]),
    heads(
      "POST",
      [
        ["POST /a", "Content-Length: 0"], ["POST /a", "Content-Length: 0"],
      ], origin: [reply("one", fresh), reply("two")]),
    heads(
      "POST that is kept",
      [
        ["POST /post", "Content-Length: 0"], ["POST /post", "Content-Length: 0"],
      ], origin: [reply("one", fresh), reply("two")]),
    again(
      "three uses", "/uses/a", times: 4,
      origin: [
        reply("one", fresh), reply("two", fresh), reply("three", fresh),
      ]),
    again("old", "/old", times: 2, origin: [reply("one", old), reply("two", fresh)]),
    heads(
      "bypass", [["GET /bypass"], ["GET /bypass?bypass=1"], ["GET /bypass?bypass=0"]],
      origin: [
        reply("one", fresh), reply("two", fresh),
      ]),
    heads(
      "bypass by a field", [["GET /bypass/f", "Pragma: x"], ["GET /bypass/f"]],
      origin: [
        reply("one", fresh)
      ]),
    heads(
      "no_cache", [["GET /bypass/n?no=1"], ["GET /bypass/n"]],
      origin: [
        reply("one", fresh), reply("two", fresh),
      ]),
    again("a server that is gone", "/dead/a", origin: []),
    again(
      "an error page", "/page/a", origin: [reply("one", status: "404 Not Found"), reply("two")]),
  ]

  // MARK: - Conditions and ranges

  private static let tagged = reply(
    "0123456789", fresh, "ETag: \"t\"", "Last-Modified: Mon, 02 Mar 2015 17:20:58 GMT",
    "Accept-Ranges: bytes")

  private static let judging: [RequestCase] = [
    heads(
      "conditions",
      [
        ["GET /tagged"], ["GET /tagged", "If-None-Match: \"t\""],
        ["GET /tagged", "If-None-Match: \"u\""],
        ["GET /tagged", "If-Modified-Since: Mon, 02 Mar 2015 17:20:58 GMT"],
        ["GET /tagged", "If-Match: \"u\""],
      ], origin: [tagged]),
    heads(
      "a condition on the first request",
      [
        ["GET /tagged/1", "If-None-Match: \"t\""], ["GET /tagged/1"],
      ], origin: [tagged]),
    heads(
      "ranges",
      [
        ["GET /ranges"], ["GET /ranges", "Range: bytes=2-4"], ["GET /ranges", "Range: bytes=-3"],
        ["GET /ranges", "Range: bytes=0-1,4-5"], ["GET /ranges", "Range: bytes=20-"],
        ["GET /ranges", "Range: bytes=1-2", "If-Range: \"t\""],
        ["GET /ranges", "Range: bytes=1-2", "If-Range: \"u\""],
      ], origin: [tagged]),
    heads(
      "a range on the first request",
      [
        ["GET /ranges/1", "Range: bytes=2-4"], ["GET /ranges/1"],
      ], origin: [tagged]),
    heads(
      "no ranges from a server that has none",
      [
        ["GET /ranges/2"], ["GET /ranges/2", "Range: bytes=2-4"],
      ], origin: [reply("0123456789", fresh)]),
    heads(
      "a range beyond the offset",
      [
        ["GET /offset/a", "Range: bytes=3-4"], ["GET /offset/b", "Range: bytes=4-5"],
      ],
      origin: [tagged, reply("45", status: "206 Partial Content", "Content-Range: bytes 4-5/10")]),
  ]

  // MARK: - Variants and choices

  private static let choosing: [RequestCase] = [
    heads(
      "Vary",
      [
        ["GET /gzip", "Accept-Encoding: gzip"], ["GET /gzip", "Accept-Encoding: br"],
        ["GET /gzip", "Accept-Encoding:  gzip"], ["GET /gzip", "Accept-Encoding: br"],
        ["GET /gzip"],
      ],
      origin: [
        reply("one", fresh, "Vary: Accept-Encoding"), reply("two", fresh, "Vary: Accept-Encoding"),
        reply("three", fresh, "Vary: Accept-Encoding"),
      ]),
    again("Vary: *", "/star", origin: [reply("one", fresh, "Vary: *"), reply("two", fresh)]),
    again("off", "/off/a", origin: [reply("one", fresh), reply("two", fresh)]),
    again("a cache by name", "/named?zone=c", origin: [reply("one", fresh), reply("two", fresh)]),
    again("no cache by name", "/named", origin: [reply("one", fresh), reply("two", fresh)]),
    again("off by name", "/named?zone=off", origin: [reply("one", fresh), reply("two", fresh)]),
    .get("/named?zone=x", name: "a cache that is not there"),
  ]

  // MARK: - Old responses

  private static let staleness: [RequestCase] = [
    again("http_500", "/500", origin: [reply("one", old), reply("two", status: "500 No")]),
    again(
      "http_503 is not named", "/503", origin: [reply("one", old), reply("x", status: "503 No")]),
    again("error", "/error", origin: [reply("one", old), .closeUnread]),
    again("error is not named", "/never/a", origin: [reply("one", old), .closeUnread]),
    again(
      "stale-if-error", "/never/b",
      origin: [
        reply("one", old, "Cache-Control: stale-if-error=4000000000"), .closeUnread,
      ]),
    again(
      "revalidated", "/revalidated/a", times: 3,
      origin: [
        reply("one", old, "ETag: \"t\""),
        .raw("HTTP/1.1 304 Not Modified\r\n\(fresh)\r\n\r\n"),
      ]),
    again(
      "revalidated by date", "/revalidated/b", times: 2,
      origin: [
        reply("one", old, "Last-Modified: Mon, 02 Mar 2015 17:20:58 GMT"),
        .raw("HTTP/1.1 304 Not Modified\r\n\(fresh)\r\n\r\n"),
      ]),
    again(
      "not revalidated", "/revalidated/c", times: 3,
      origin: [
        reply("one", old, "ETag: \"t\""), reply("two", fresh, "ETag: \"u\""),
      ]),
    again(
      "in the background", "/background/a", times: 3,
      origin: [
        reply("one", old, "Cache-Control: stale-while-revalidate=4000000000"), reply("two", fresh),
      ]),
    // The next request on a connection waits for what runs beside the one before.
    heads(
      "in the background in vain",
      [["GET /background/b"], ["GET /background/b"], ["GET /background/b"], ["GET /last"]],
      origin: [
        reply("one", old, "Cache-Control: stale-while-revalidate=4000000000"),
        reply("x", status: "503 No"), reply("two", fresh),
      ]),
  ]

  /// A cache in front of a FastCGI server.
  static let cachingFastCGI = http(
    "caching FastCGI",
    """
    fastcgi_cache_path fcache keys_zone=f:1m;
    server {
    listen 127.0.0.1:{port};
    server_name localhost;
    add_header X-Cache $upstream_cache_status always;
    fastcgi_cache_key $uri;
    fastcgi_param SCRIPT_NAME $uri;
    fastcgi_param REQUEST_METHOD $request_method;
    location / { fastcgi_pass 127.0.0.1:{fastcgi}; fastcgi_cache f; }
    }
    """,
    cases: [
      kept("kept", "/a", ["Cache-Control: max-age=60\r\n\r\none", "\r\ntwo"]),
      kept("not kept", "/b", ["X-A: b\r\n\r\none", "X-A: c\r\n\r\ntwo"]),
      kept("with a status", "/c", ["Status: 404 Nope\r\nX-Accel-Expires: 60\r\n\r\none"]),
      .steps(
        "HEAD with content",
        [
          .send("HEAD /h HTTP/1.1\r\nHost: localhost\r\n\r\n"), .read(toHead: true),
          .send("GET /h HTTP/1.1\r\nHost: localhost\r\n\r\n"), .read(),
        ], outputs: ["X-Accel-Expires: 60\r\nContent-Length: 3\r\n\r\nonetwo"]),
      .steps(
        "HEAD without content",
        [
          .send("HEAD /n HTTP/1.1\r\nHost: localhost\r\n\r\n"), .read(toHead: true),
          .send("HEAD /n HTTP/1.1\r\nHost: localhost\r\n\r\n"), .read(toHead: true),
        ], outputs: ["X-Accel-Expires: 60\r\nContent-Length: 3\r\n\r\n"]),
      kept("conditions are not passed on", "/d", ["X-Accel-Expires: 60\r\n\r\none"]),
    ])

  private static func kept(_ name: String, _ target: String, _ outputs: [String]) -> RequestCase {
    let text = "GET \(target) HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"x\"\r\n\r\n"
    return RequestCase(
      name: name, steps: [.send(text), .read(), .send(text), .read()], replies: [],
      outputs: outputs)
  }
}
