extension Configuration {
  /// The URI rules of `proxy_pass`.
  static let proxyURIs = server(
    "proxy URIs",
    """
    location / { proxy_pass http://127.0.0.1:{origin}; }
    location /slash/ { proxy_pass http://127.0.0.1:{origin}/; }
    location /noslash { proxy_pass http://127.0.0.1:{origin}/; }
    location /path/ { proxy_pass http://127.0.0.1:{origin}/other/; }
    location /cut/ { proxy_pass http://127.0.0.1:{origin}/other; }
    location = /exact { proxy_pass http://127.0.0.1:{origin}/replaced; }
    location ~ ^/regex/(.*)$ { proxy_pass http://127.0.0.1:{origin}; }
    location ~ ^/captured/(.*)$ { proxy_pass http://127.0.0.1:{origin}/got/$1; }
    location ~ ^/captured-query/(.*)$ { proxy_pass http://127.0.0.1:{origin}/got/$1$is_args$args; }
    location /variable/ { set $target /fixed; proxy_pass http://127.0.0.1:{origin}$target; }
    location /request-uri/ { proxy_pass http://127.0.0.1:{origin}$request_uri; }
    location /name/ {
      rewrite /name/([^/]+) /users?name=$1 break;
      proxy_pass http://127.0.0.1:{origin}/ignored/;
    }
    location /query/ { proxy_pass http://127.0.0.1:{origin}/q?fixed=1; }
    location /named/ { try_files /none @origin; }
    location @origin { proxy_pass http://127.0.0.1:{origin}; }
    location /upstream/ { proxy_pass http://pool/u/; }
    """.withUpstream,
    cases: [
      .get("/"), .get("/plain/path?x=1&y=%20"), .get("/a%20b/c"), .get("/a%2Fb"),
      .get("/a//b///c"), .get("/a/./b/../c"), .get("/encoded/%41%7e%3f%23"), .get("/semi;a=b"),
      .get("/slash/"), .get("/slash/x/y?z"), .get("/slash/a%20b"), .get("/slash/a%2Fb"),
      .get("/slash"), .get("/noslash"), .get("/noslash/x"), .get("/noslashes"),
      .get("/path/x"), .get("/path/%3fx"), .get("/path/%e4%f6"), .get("/cut/x"),
      .get("/exact"), .get("/exact?q"), .get("/regex/a%20b?c"), .get("/captured/x/y?z=1"),
      .get("/captured/a%20b"), .get("/captured-query/x?z=1"), .get("/variable/x?y=1"),
      .get("/request-uri/a%20b?c=%20"), .get("/name/joe"), .get("/name/joe?more=1"),
      .get("/query/x"), .get("/query/x?y"), .get("/named/x?y"), .get("/upstream/x?y"),
      .get("http://localhost/absolute?x", name: "absolute form"), .head("/head"),
    ])

  /// Fields on their way to the origin and back.
  static let proxyFields = server(
    "proxy fields",
    """
    location / { proxy_pass http://127.0.0.1:{origin}; }
    location /set {
      proxy_set_header Host $http_host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Accept-Encoding "";
      proxy_pass http://127.0.0.1:{origin};
    }
    location /old { proxy_http_version 1.0; proxy_pass http://127.0.0.1:{origin}; }
    location /keep { proxy_set_header Connection ""; proxy_pass http://127.0.0.1:{origin}; }
    location /none { proxy_pass_request_headers off; proxy_pass http://127.0.0.1:{origin}; }
    location /method { proxy_method PUT; proxy_pass http://127.0.0.1:{origin}; }
    location /body { proxy_set_body "got $request_method"; proxy_pass http://127.0.0.1:{origin}; }
    location /no-body { proxy_pass_request_body off; proxy_set_header Content-Length "";
      proxy_pass http://127.0.0.1:{origin}; }
    location /hide { proxy_hide_header X-Secret; proxy_pass_header Server;
      proxy_pass http://127.0.0.1:{origin}; }
    location /unbuffered { proxy_buffering off; proxy_pass http://127.0.0.1:{origin}; }
    location /ignore { proxy_ignore_headers X-Accel-Redirect;
      proxy_pass http://127.0.0.1:{origin}; }
    location /inner { internal; return 200 "inner $upstream_http_x_tag\\n"; }
    """,
    cases: [
      .get("/fields", "Accept: */*", "X-One: 1", "x-two: 2", "X-One: again"),
      .get("/hop", "Connection: close, X-Nominated", "X-Nominated: 1", "TE: trailers"),
      .get("/hop2", "Keep-Alive: 5", "Proxy-Connection: keep-alive", "Upgrade: h2c"),
      .get("/underscore", "with_underscore: 1"), .get("/empty", "X-Empty:"),
      .get("/set", "Accept-Encoding: gzip"), .get("/set", "X-Forwarded-For: 10.0.0.1"),
      .get("/set", host: "other.example:99"), .get("/old", "X-A: b"), .get("/keep"),
      .get("/none", "X-A: b"), .get("/method"), .get("/body", "X-A: b"),
      .post("/no-body", "content"), .get("/mirror", origin: [.mirror]),
      .get("/hide", origin: [.raw(Origin.response("x", "X-Secret: 1", "Server: own"))]),
      .get("/hidden", origin: [.raw(Origin.response("x", "X-Pad: 1", "X-Accel-Limit-Rate: 0"))]),
      .get(
        "/hop-back", origin: [.rawThenClose(Origin.response("x", "Connection: close", "X-K: 1"))]),
      .get("/accel", origin: [.raw(Origin.response("x", "X-Accel-Redirect: /inner", "X-Tag: t"))]),
      .get("/ignore", origin: [.raw(Origin.response("x", "X-Accel-Redirect: /inner"))]),
      .get("/chunked", origin: [.parts([chunkedHead, "3\r\nabc\r\n", "2\r\nde\r\n0\r\n\r\n"])]),
      .get("/unbuffered", origin: [.parts([chunkedHead, "3\r\nabc\r\n", "0\r\n\r\n"])]),
      .get(
        "/until-close", origin: [.rawThenClose("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc")]),
      .get("/old-origin", origin: [.rawThenClose("HTTP/1.0 200 Fine\r\nX-A: b\r\n\r\nabc")]),
      .get("/no-content", origin: [.raw("HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n")]),
      .get("/not-modified", origin: [.raw("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n")]),
      .get("/reason", origin: [.raw(Origin.response("x", status: "299 Quite Fine"))]),
      .get("/interim", origin: [.raw("HTTP/1.1 103 Early\r\n\r\n" + Origin.plain)]),
      .head("/head-length", origin: [.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")]),
      .get("/range", "Range: bytes=0-2", origin: [.raw(Origin.response("abcdefgh"))]),
    ])

  /// Tunnels after 101, and upgrades that are refused.
  static let upgrade = server(
    "upgrade",
    """
    location / { proxy_pass http://127.0.0.1:{origin}; }
    location /wss {
      proxy_pass http://127.0.0.1:{origin};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "Upgrade";
      proxy_set_header X-Real-IP $remote_addr;
    }
    """,
    cases: [
      .steps(
        "tunnel both ways", [.send(opening("/wss")), .read(), .send("ping"), .readBytes(4)],
        origin: [.tunnel(switching)]),
      .steps(
        "bytes right after the request head",
        [.send(opening("/wss") + "early"), .read(), .readBytes(5)], origin: [.tunnel(switching)]),
      .steps(
        "bytes right after the response head", [.send(opening("/wss")), .read(), .readBytes(5)],
        origin: [.tunnel(switching + "first")]),
      .steps(
        "end of the client's side",
        [
          .send(opening("/wss")), .read(), .send("last"), .readBytes(4), .shutdownWrite, .readToEnd,
        ],
        origin: [.tunnel(switching)]),
      .steps(
        "refused upgrade", [.send(opening("/wss")), .read()],
        origin: [.raw(Origin.response("no", status: "403 Forbidden"))]),
      .steps(
        "upgrade where the location does not pass it on", [.send(opening("/")), .read()]),
      .get("/wss", name: "no upgrade asked"),
      .get("/wss", origin: [.rawThenClose(switching)], name: "101 that nobody asked for"),
    ])

  /// `proxy_redirect` and `proxy_cookie_*`.
  static let redirectsAndCookies = server(
    "redirects and cookies",
    """
    location /one/ { proxy_pass http://127.0.0.1:{origin}/two/; }
    location /off/ { proxy_redirect off; proxy_pass http://127.0.0.1:{origin}/two/; }
    location /to/ { proxy_redirect http://example.org/ /mapped/;
      proxy_pass http://127.0.0.1:{origin}; }
    location /regex/ { proxy_redirect ~^http://([^/]+)/(.*)$ /$1/x/$2;
      proxy_pass http://127.0.0.1:{origin}; }
    location /cookie/ {
      proxy_cookie_domain inner.example outer.example;
      proxy_cookie_path /inner/ /outer/;
      proxy_pass http://127.0.0.1:{origin};
      location /cookie/flags {
        proxy_cookie_flags a secure httponly samesite=lax;
        proxy_cookie_flags ~^B nosecure $arg_flag nosamesite;
        proxy_pass http://127.0.0.1:{origin};
      }
    }
    """,
    cases: [
      .get("/one/a", origin: [.raw(moved("http://127.0.0.1/two/b"))]),
      .get("/one/b", origin: [.raw(moved("/two/b"))]),
      .get("/off/a", origin: [.raw(moved("/two/c"))]),
      .get("/to/a", origin: [.raw(moved("http://example.org/x"))]),
      .get("/to/b", origin: [.raw(moved("http://example.com/x"))]),
      .get("/regex/a", origin: [.raw(moved("http://h.example/deep/x?y"))]),
      .get("/one/refresh", origin: [.raw(Origin.response("x", "Refresh: 5; url=/two/x"))]),
      .get("/cookie/domain", origin: [.raw(cookie("a=b; Domain=inner.example; Secure"))]),
      .get("/cookie/path", origin: [.raw(cookie("a=b; Path=/inner/x; HttpOnly"))]),
      .get("/cookie/other", origin: [.raw(cookie("a=b; domain=x.example; path=/x"))]),
      .get("/cookie/plain", origin: [.raw(cookie("a=b"))]),
      .get("/cookie/spaces", origin: [.raw(cookie("a = b ;x;; Path = /inner/;"))]),
      .get("/cookie/none", origin: [.raw(cookie("a; path=/inner/"))]),
      .get("/cookie/flags", origin: [.raw(cookie("a=b;x; Path=/inner/"))]),
      .get("/cookie/flags/there", origin: [.raw(cookie("A=b;secure;SameSite=None; x"))]),
      .get("/cookie/flags?flag=httponly", origin: [.raw(cookie("bc=1;secure;samesite=x; y"))]),
      .get("/cookie/flags/other", origin: [.raw(cookie("c=1;Secure;x"))]),
    ])
}

private let chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
/// A response that agrees to it.
let switching =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
  + "Sec-WebSocket-Accept: x\r\n\r\n"

/// A request for an upgrade to WebSocket.
func opening(_ target: String) -> String {
  "GET \(target) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
}

private func moved(_ location: String) -> String {
  Origin.response("moved", status: "302 Found", "Location: \(location)")
}

private func cookie(_ value: String) -> String { Origin.response("x", "Set-Cookie: \(value)") }

extension String {
  /// The same server, with the origin behind an upstream's name too.
  fileprivate var withUpstream: String {
    self + "\n}\nupstream pool { server 127.0.0.1:{origin}; }\nserver { listen 127.0.0.1:{dead};"
  }
}
