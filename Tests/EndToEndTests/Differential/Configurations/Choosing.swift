extension Configuration {
  /// `rewrite`, `return`, `if` and `break`.
  static let rewriting = server(
    "rewriting",
    """
    location /return { return 200 "text $uri\\n"; }
    location /code { return 418; }
    location /gone { return 301 /new$is_args$args; }
    location /url { return https://example.org/x; }
    location /close { return 444; }
    location /last { rewrite ^/last/(.*)$ /shown/$1 last; }
    location /break { rewrite ^/break/(.*)$ /sent/$1 break; proxy_pass http://127.0.0.1:{origin}; }
    location /redirect { rewrite ^/redirect/(.*)$ /to/$1 redirect; }
    location /permanent { rewrite ^/permanent/(.*)$ /to/$1? permanent; }
    location /absolute { rewrite ^ http://example.org$request_uri; }
    location /args { rewrite ^/args/(.*)$ /shown/$1?a=1 last; }
    location /no-args { rewrite ^/no-args/(.*)$ /shown/$1? last; }
    location /chain { rewrite ^/chain/(.*)$ /chain2/$1; rewrite ^/chain2/(.*)$ /shown/$1 last; }
    location /loop { rewrite ^/loop /loop last; }
    location /if {
      if ($request_method = POST) { return 405; }
      if ($arg_a) { return 200 "a=$arg_a\\n"; }
      if ($http_x_kind ~* ^(web)) { return 200 "kind $1\\n"; }
      if ($http_x_no !~ x) { set $seen yes; }
      return 200 "seen $seen\\n";
    }
    location /if-handler {
      if ($arg_a) { proxy_pass http://127.0.0.1:{origin}; }
      if ($arg_b) { set $unused 1; }
    }
    location /shown { return 200 "$uri ? $args # $request_uri\\n"; }
    location /internal { internal; return 200 "internal\\n"; }
    location /in { rewrite ^ /internal last; }
    """,
    cases: [
      .get("/return"), .get("/code"), .get("/gone?x=1"), .get("/gone"), .get("/url"),
      .get("/close"), .get("/last/a%20b?c"), .get("/break/x?y"), .get("/redirect/x?y=1"),
      .get("/permanent/x?y=1"), .get("/absolute/x?y"), .get("/args/x?b=2"), .get("/no-args/x?b"),
      .get("/chain/x"), .get("/loop"), .get("/if"), .post("/if", "x"), .get("/if?a=1"),
      .get("/if", "X-Kind: WebSite"), .get("/if", "X-No: x"),
      .get("/if-handler?a=1"), .get("/if-handler?a=1&b=1"), .get("/if-handler?b=1"),
      .get("/internal"), .get("/in"),
    ])

  /// `map`, `set` and the variables of a request.
  static let variables = http(
    "variables",
    """
    map $http_x_key $mapped { default none; a first; ~^r(?<rest>.*)$ "regex $rest"; B upper; }
    map $host $site { hostnames; default other; *.example.org wild; www.example.com exact; }
    server {
      listen 127.0.0.1:{port};
      server_name localhost *.example.org www.example.com;
      set $own "s";
      location /map { return 200 "$mapped|$site|$own\\n"; }
      location /core { return 200
        "\(coreVariables)\\n"; }
      location /families { return 200 "$arg_x|$arg_Y|$cookie_c|$http_x_a|${arg_x}y\\n"; }
      location /auth { return 200 "$remote_user|$limit_rate|$request_completion|$pipe\\n"; }
      location ~ ^/cap/(?<one>[^/]+)/(.*)$ { return 200 "$one|$2\\n"; }
    }
    """,
    cases: [
      .get("/map"), .get("/map", "X-Key: a"), .get("/map", "X-Key: A"), .get("/map", "X-Key: rest"),
      .get("/map", "X-Key: b"), .get("/map", host: "x.example.org"),
      .get("/map", host: "www.example.com"), .get("/core?a=b"), .get("/core", host: "LOCALHOST:99"),
      .post("/core/p", "abc", "Content-Type: text/x"),
      .get("/core", "Content-Type: text/x", "Content-Type: text/y"),
      .get("/families?x=1&y=2", "X-A: b"),
      .get("/families", "Cookie: a=1; c=2"), .get("/families?x=%20&x=2"),
      .get("/auth", "Authorization: Basic am9lOnRlc3Q="), .get("/cap/a/b/c"),
    ])

  /// `add_header`, `expires` and their inheritance.
  static let responseFields = server(
    "response fields", files: ["html/f.txt": "f\n"],
    """
    root html;
    add_header X-Server s;
    location /inherit { return 200 "x"; }
    location /own { add_header X-Own $uri; return 200 "x"; }
    location /error { add_header X-Not n; add_header X-Always a always; return 404; }
    location /empty { add_header X-Empty ""; return 200 "x"; }
    location /cors {
      add_header Access-Control-Allow-Origin $http_origin always;
      if ($request_method = OPTIONS) {
        add_header Access-Control-Allow-Methods "GET, POST"; return 204; }
      return 200 "x";
    }
    location /epoch/ { expires epoch; alias html/; }
    location /max/ { expires max; alias html/; }
    location /off/ { expires off; alias html/; }
    location /type { default_type text/csv; return 200 "x"; }
    location /proxied { add_header X-Up $upstream_status; proxy_pass http://127.0.0.1:{origin}; }
    location /tokens { server_tokens off; return 404; }
    """,
    cases: [
      .get("/inherit"), .get("/own"), .get("/error"), .get("/empty"),
      .get("/cors", "Origin: https://a.example"), .post("/cors", "", method: "OPTIONS"),
      .get("/epoch/f.txt"), .get("/max/f.txt"), .get("/off/f.txt"), .get("/type"),
      .get("/proxied"), .get("/tokens"),
    ])

  /// Which server answers.
  static let serverChoice = http(
    "server choice",
    [
      ("default_server", "_"), ("", "exact.example"), ("", "*.wild.example"), ("", "tail.*"),
      ("", ".dot.example"), ("", "~^(?<n>\\w+)\\.re\\.example$"), ("", "long.wild.example"),
    ].map { listen, name in
      "server { listen 127.0.0.1:{port} \(listen); server_name \(name);"
        + (name.hasPrefix("~") ? " location / { return 200 \"$n re\\n\"; }" : "")
        + " location /x { return 200 \"\(name.replacing("$", with: "")) $host\\n\"; } }"
    }.joined(separator: "\n"),
    cases: [
      .get("/x", host: "unknown"), .get("/x", host: "exact.example"),
      .get("/x", host: "EXACT.example:80"), .get("/x", host: "exact.example."),
      .get("/x", host: "a.wild.example"), .get("/x", host: "a.b.wild.example"),
      .get("/x", host: "wild.example"), .get("/x", host: "tail.org"),
      .get("/x", host: "dot.example"),
      .get("/x", host: "a.dot.example"), .get("/", host: "joe.re.example"),
      .get("/x", host: "long.wild.example"),
      .raw("no Host in HTTP/1.0", "GET /x HTTP/1.0\r\n\r\n"),
      .raw(
        "absolute form wins", "GET http://exact.example/x HTTP/1.1\r\nHost: dot.example\r\n\r\n"),
    ])

  /// Which location answers.
  static let locationChoice = server(
    "location choice",
    [
      "= /", "/", "/documents/", "^~ /images/", "~* \\.(gif|jpg)$", "~ \\.GIF$", "= /exact",
      "/nested/",
    ]
    .map { location in
      let inner =
        location == "/nested/"
        ? " location /nested/in { return 200 \"in\\n\"; } location ~ x$ { return 200 \"nx\\n\"; }"
        : ""
      let text = location.replacing("\\", with: "").replacing("$", with: "")
      return
        "location \(location) { \(inner) \(inner.isEmpty ? "return 200 \"\(text)\\n\";" : "") }"
    }.joined(separator: "\n"),
    cases: [
      .get("/"), .get("/index.html"), .get("/documents/x"), .get("/documents/1.jpg"),
      .get("/images/1.gif"), .get("/a.GIF"), .get("/exact"), .get("/exact/"), .get("/nested/in"),
      .get("/nested/x"), .get("/nested/in.gif"), .get("/Documents/x"),
    ])

  /// `log_format` and `access_log`.
  static let accessLog = http(
    "access log",
    """
    log_format all '$remote_addr - $remote_user "$request" $status $body_bytes_sent '
                   '"$http_referer" "$http_user_agent" $upstream_status $sent_http_x_a';
    log_format json escape=json '{"u":"$http_user_agent"}';
    log_format bare escape=none '$http_user_agent';
    map $status $bad { ~^[45] 1; default 0; }
    server {
      listen 127.0.0.1:{port};
      access_log access.log all;
      # The pages that the programs bring are of different length: they name themselves.
      error_page 400 /page;
      location = /page { internal; return 200 "page\n"; }
      location / { return 200 "x"; }
      location /origin { proxy_pass http://127.0.0.1:{origin}; }
      location /tunnel { proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection Upgrade; proxy_pass http://127.0.0.1:{origin}; }
      location /json { access_log access.log json; return 200 "x"; }
      location /bare { access_log access.log bare; return 200 "x"; }
      location /off { access_log off; return 200 "x"; }
      location /if { access_log access.log all if=$bad; return 200 "x"; }
      location /if404 { access_log access.log all if=$bad; return 404 "none\n"; }
    }
    """,
    cases: [
      .get("/a", "User-Agent: x\"y\\z\t", "Referer: http://r/"), .get("/origin/x"), .head("/b"),
      .get("/json", "User-Agent: x\"y\\z"), .get("/bare", "User-Agent: \"q\""), .get("/off"),
      .steps(
        "a tunnel is logged when it ends",
        [
          .send(opening("/tunnel")), .read(), .send("ping"), .readBytes(4), .shutdownWrite,
          .readToEnd,
        ], origin: [.tunnel(switching)]),
      .get("/if"), .get("/if404"), .raw("bad", "BAD\r\n\r\n"),
      .get("/auth", "Authorization: Basic am9lOnRlc3Q="),
    ])

  /// FastCGI parameters and responses.
  static let fastCGI = server(
    "fastcgi",
    """
    location ~ ^(.+\\.php)(.*)$ {
      root html;
      fastcgi_split_path_info ^(.+\\.php)(.*)$;
      fastcgi_index index.php;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_param PATH_INFO $fastcgi_path_info;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param OPTIONAL $arg_opt if_not_empty;
      fastcgi_pass 127.0.0.1:{fastcgi};
    }
    location /dir/ { fastcgi_index index.php; fastcgi_param NAME $fastcgi_script_name;
      fastcgi_pass 127.0.0.1:{fastcgi}; }
    location /keep { fastcgi_keep_conn on; fastcgi_param A b; fastcgi_pass 127.0.0.1:{fastcgi}; }
    location /dead { fastcgi_pass 127.0.0.1:{dead}; }
    """,
    cases: [
      .get("/a.php?x=1"), .get("/a.php/info?x=1"), .get("/a.php?opt=1", "X-One: 1", "X-One: 2"),
      .post("/a.php", "content"), .get("/dir/"), .get("/dir/x"), .get("/keep"), .get("/dead"),
      .head("/a.php"), .post("/a.php/long", String(repeating: "x", count: 70_000)),
      .get("/status.php", outputs: ["Status: 404 Nope\r\nX-A: b\r\n\r\nnone"]),
      .get("/location.php", outputs: ["Location: http://e.example/\r\n\r\n"]),
      .get("/local.php", outputs: ["Location: /a.php\r\nStatus: 200\r\n\r\n"]),
      .get("/no-head.php", outputs: ["nonsense"]),
      .get(
        "/big.php", outputs: ["Content-Type: a/b\r\n\r\n" + String(repeating: "y", count: 99_000)]),
    ])
}

/// A text with many of the core module's variables.
private let coreVariables =
  "$request_method|$scheme|$server_protocol|$uri|$args|$query_string|"
  + "$is_args|$host|$http_host|$server_port|$server_name|$remote_addr|"
  + "$request|$content_length|$content_type|$document_uri|$https|"
