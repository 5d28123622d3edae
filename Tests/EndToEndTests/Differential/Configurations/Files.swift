extension Configuration {
  private static let tree = [
    "html/index.html": "index\n", "html/ten.txt": "0123456789", "html/sub/index.html": "sub\n",
    "html/empty/.keep": "", "html/empty.txt": "", "html/a b.txt": "space\n", "html/x.png": "png",
    "html/unknown.zzz": "zzz", "other/y.txt": "y\n", "html/page.html": "page\n",
  ]

  /// Files, folders, ranges and conditions.
  static let staticFiles = server(
    "static files", files: tree,
    """
    root html;
    location /alias/ { alias other/; }
    location ~ ^/re/(.*)$ { alias other/$1; }
    location /root/ { root other; }
    location /second/ { index none.html page.html; alias html/; }
    """,
    cases: [
      .get("/"), .get("/index.html"), .head("/index.html"), .get("/sub"), .get("/sub?x=1"),
      .get("/sub/"), .get("/empty/"), .get("/none"), .get("/empty.txt"), .get("/a%20b.txt"),
      .get("/x.png"), .get("/unknown.zzz"), .post("/ten.txt", "x"), .get("/ten.txt/"),
      .get("/alias/y.txt"), .get("/re/y.txt"), .get("/root/y.txt"), .get("/second/"),
      .get("/ten.txt", "Range: bytes=0-3"), .get("/ten.txt", "Range: bytes=-3"),
      .get("/ten.txt", "Range: bytes=5-"), .get("/ten.txt", "Range: bytes=20-30"),
      .get("/ten.txt", "Range: bytes=0-1,4-5"), .get("/ten.txt", "Range: bytes=x"),
      .get("/ten.txt", "Range: bytes=5-2"), .get("/ten.txt", "Range: bytes=0-100"),
      .get("/ten.txt", "Range: bytes=0-1", "If-Range: \"nope\""),
      .get("/ten.txt", "If-Modified-Since: Wed, 01 May 2024 12:00:00 GMT"),
      .get("/ten.txt", "If-Modified-Since: Wed, 01 May 2019 12:00:00 GMT"),
      .get("/ten.txt", "If-Unmodified-Since: Wed, 01 May 2019 12:00:00 GMT"),
      .get("/ten.txt", "If-None-Match: \"66322f00-a\""), .get("/ten.txt", "If-None-Match: *"),
      .get("/ten.txt", "If-Match: \"nope\""), .get("/ten.txt", "If-None-Match: W/\"66322f00-a\""),
    ])

  /// `try_files`.
  static let tryFiles = server(
    "try files", files: tree,
    """
    root html;
    location / { try_files $uri $uri/ /index.html; }
    location /code { try_files $uri =404; }
    location /named { try_files $uri @origin; }
    location /query { try_files $uri /answer?from=$uri; }
    location = /answer { return 200 "$uri $args\\n"; }
    location @origin { proxy_pass http://127.0.0.1:{origin}; }
    """,
    cases: [
      .get("/ten.txt"), .get("/sub/"), .get("/sub"), .get("/nothing"), .get("/code/x"),
      .get("/named/x?y=1"), .get("/query/x?z=1"), .head("/nothing"),
    ])

  /// Access rules.
  static let access = server(
    "access", files: ["users": "joe:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=\n", "html/f.txt": "f\n"],
    """
    root html;
    location /deny { deny all; return 200 "never\\n"; }
    location /denied/ { deny all; alias html/; }
    location /allowed/ { allow 127.0.0.1; deny all; alias html/; }
    location /other/ { allow 10.0.0.0/8; deny all; alias html/; }
    location /auth/ { auth_basic "the realm"; auth_basic_user_file users; alias html/; }
    location /any/ { satisfy any; allow 127.0.0.1; deny all; auth_basic r;
      auth_basic_user_file users; alias html/; }
    location /all/ { satisfy all; deny 127.0.0.1; auth_basic r; auth_basic_user_file users;
      alias html/; }
    location /nofile/ { auth_basic r; auth_basic_user_file missing; alias html/; }
    """,
    cases: [
      .get("/deny"), .get("/denied/f.txt"), .get("/allowed/f.txt"), .get("/other/f.txt"),
      .get("/auth/f.txt"), .get("/auth/f.txt", "Authorization: Basic am9lOnRlc3Q="),
      .get("/auth/f.txt", "Authorization: Basic am9lOndyb25n"),
      .get("/auth/f.txt", "Authorization: Bearer x"), .get("/any/f.txt"), .get("/all/f.txt"),
      .get("/nofile/f.txt", "Authorization: Basic am9lOnRlc3Q="),
    ])
}
