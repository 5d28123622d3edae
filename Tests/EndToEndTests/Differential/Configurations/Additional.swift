extension Configuration {
  /// What old browsers get, and what `Server` says.
  static let browsers = server(
    "browsers", files: ["html/sub/f.txt": "f\n"],
    """
    root html;
    msie_refresh on;
    location /301 { return 301 /to?x=$arg_x; }
    location /302 { return 302 "a b\\"'<>{}|~%\u{e9}"; }
    location /303 { return 303 /to; }
    location /none { return 302; }
    location /page { error_page 404 =307 http://example.org/x; return 404; }
    location /own { error_page 302 /text; return 302 /to; }
    location /text { return 200 "text $status\\n"; }
    location /off { msie_refresh off; return 301 /to; }
    location /origin { proxy_pass http://127.0.0.1:{origin}; }
    """,
    cases: [
      .get("/301?x=1", msie), .head("/301", msie), .get("/301"), .get("/302", msie),
      .get("/303", msie), .get("/none", msie), .get("/page", msie), .get("/page"),
      .get("/own", msie), .get("/off", msie), .get("/sub", msie), .get("/missing", msie),
      .get("/301", "User-Agent: MSIE 12"), .get("/301", "User-Agent: Opera MSIE 123"),
      .get(
        "/origin", msie,
        origin: [.raw(Origin.response("x", status: "302 Found", "Location: /to"))]),
      .raw(
        "HTTP/1.0 with MSIE",
        "GET /301 HTTP/1.0\r\nConnection: keep-alive\r\n\(msie)\r\n\r\n"),
    ])

  private static let msie = "User-Agent: Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)"

  /// `proxy_cookie_flags` beside the other directives of cookies.
  static let cookieFlags = server(
    "cookie flags",
    """
    location / {
      proxy_pass http://127.0.0.1:{origin};
      proxy_cookie_flags a secure httponly samesite=strict;
      proxy_cookie_flags ~B$ nosecure nohttponly nosamesite;
      proxy_cookie_flags $arg_name $arg_flag SameSite=Lax unknown;
      proxy_cookie_flags d secure nosecure samesite=none;
    }
    location /path { proxy_pass http://127.0.0.1:{origin};
      proxy_cookie_path /x /y; proxy_cookie_domain old new; proxy_cookie_flags a secure; }
    location /off { proxy_cookie_flags off; proxy_pass http://127.0.0.1:{origin}; }
    """,
    cases: [
      "/", "/?name=c&flag=HttpOnly", "/path", "/off",
    ].map { target in
      .get(
        target,
        origin: [
          .raw(
            Origin.response(
              "x", "Set-Cookie: a=b", "Set-Cookie: A=b;Path=/x;Domain=old;  secure;HttpOnly=",
              "Set-Cookie: a=\"q\";;samesite=NONE;x=",
              "Set-Cookie: bb=1; Secure;httponly; SameSite",
              "Set-Cookie: c=1; Path=/x/z", "Set-Cookie: d=;Secure", "Set-Cookie: a",
              "Set-Cookie: a; path=/x", "Set-Cookie: =1;path=/x"))
        ])
    })

  /// `post_action`: what is done when the client has its response, before the next request.
  static let afterwards = http(
    "afterwards", files: ["html/f.txt": "file\n"],
    """
    log_format facts "$request_uri $uri $status $body_bytes_sent $request_completion";
    server {
      listen 127.0.0.1:{port};
      access_log access.log facts;
      root html;
      location / { return 404; }
      location = /f.txt { post_action @account; }
      # The pages that the programs bring are of different length.
      location /error { post_action @failed; return 403; }
      location /origin { post_action /done?x; proxy_pass http://127.0.0.1:{origin}; }
      location /next { access_log off; return 204; }
      location /done { proxy_pass http://127.0.0.1:{origin}; }
      location @account { proxy_pass
        http://127.0.0.1:{origin}/account?$uri&$body_bytes_sent&$request_completion; }
      location @failed { access_log off; proxy_pass http://127.0.0.1:{origin}/failed?$status; }
    }
    """,
    cases: [
      followed("file", "GET /f.txt HTTP/1.1\r\nHost: a\r\n\r\n"),
      followed("error", "GET /error HTTP/1.1\r\nHost: a\r\n\r\n"),
      followed("origin", "GET /origin?a HTTP/1.1\r\nHost: a\r\n\r\n"),
      followed("content", "POST /origin HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
    ])

  /// A request whose end is awaited by the next one.
  private static func followed(_ name: String, _ request: String) -> RequestCase {
    .steps(
      name,
      [.send(request), .read(), .send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n"), .read()])
  }

  /// The character sets that an application asks for.
  static let charsets = http(
    "charsets",
    """
    charset_map B A { 58 59; }
    server {
      listen 127.0.0.1:{port};
      location / { proxy_pass http://127.0.0.1:{origin}; }
      location /koi { charset koi8-r; proxy_pass http://127.0.0.1:{origin}; }
      location /source { source_charset B; proxy_pass http://127.0.0.1:{origin}; }
      location /ignored { proxy_ignore_headers X-Accel-Charset; charset_types text/plain;
        charset koi8-r; proxy_pass http://127.0.0.1:{origin}; }
    }
    """,
    cases: ["/", "/koi", "/source", "/ignored"].flatMap { target in
      [
        ["X-Accel-Charset: A"], ["X-Accel-Charset: off"], ["X-Accel-Charset: "],
        ["X-Accel-Charset: A", "Content-Type: text/plain; charset=B"],
        ["X-Accel-Charset: A", "Content-Type: text/html; charset=Q"],
        ["X-Accel-Charset: koi8-r", "Content-Type: image/png"],
      ].map { fields in
        let head = ["HTTP/1.1 200 OK"] + fields + ["Content-Length: 3", "", "XYZ"]
        return .get(
          target, origin: [.raw(head.joined(separator: "\r\n"))],
          name: "\(target) \(fields.joined(separator: " "))")
      }
    })

  /// What the PROXY protocol tells besides addresses, and hosts that nobody may look up.
  static let told = http(
    "told",
    """
    server {
      listen 127.0.0.1:{port} proxy_protocol;
      location / { return 200 "$proxy_protocol_addr|$proxy_protocol_tlv_alpn\
    |$proxy_protocol_tlv_0x01|$proxy_protocol_tlv_authority|$proxy_protocol_tlv_unique_id\
    |$proxy_protocol_tlv_0xF|$proxy_protocol_tlv_ssl_verify|$proxy_protocol_tlv_ssl_cn\
    |$proxy_protocol_tlv_ssl_0x21|$proxy_protocol_tlv_0x30\\n"; }
      location /host { proxy_pass http://$host:{origin}; }
    }
    """,
    cases: [
      .raw("fields", binaryProxyHead(fields) + "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw("no fields", binaryProxyHead("") + "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw(
        "a field that is cut",
        binaryProxyHead("\u{01}\0\u{03}h2") + "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw(
        "a line", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      .raw(
        "no resolver",
        "PROXY UNKNOWN\r\nGET /host HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ])

  private static let fields =
    field("\u{01}", "h2") + field("\u{02}", "a.example") + field("\u{0F}", "own")
    + field("\u{20}", "\u{01}\0\0\0\u{05}" + field("\u{21}", "TLSv1.3") + field("\u{22}", "cn"))

  private static func field(_ type: String, _ value: String) -> String {
    "\(type)\0\(Character(UnicodeScalar(UInt8(value.utf8.count))))\(value)"
  }

  private static func binaryProxyHead(_ fields: String) -> String {
    let addresses = "\u{0A}\u{01}\u{01}\u{01}\u{0A}\u{01}\u{01}\u{02}\u{12}\u{34}\0\u{50}"
    let block = addresses + fields
    return "\r\n\r\n\0\r\nQUIT\n!\u{11}\0"
      + "\(Character(UnicodeScalar(UInt8(block.utf8.count))))\(block)"
  }
}
