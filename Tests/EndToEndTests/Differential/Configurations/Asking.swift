extension Configuration {
  /// Variables, conditions and passwords that the other configurations leave out.
  static let asking = http(
    "asking",
    files: [
      "users": "joe:$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00\nann:{PLAIN}secret\n# no:line\nbad\n",
      "html/f.txt": "f\n",
    ],
    """
    map $http_a:$http_b $pair { "x:y" both; "~^(?<left>[a-z]+):$" "only $left"; default none; }
    map $arg_n $number { volatile; 1 one; 2 "$arg_m"; }
    server {
      listen 127.0.0.1:{port};
      server_name localhost ~^(?<sub>[a-z]+)\\.example\\.org$;
      root html;
      location /pair { return 200 "$pair|$number|$sub\\n"; }
      location /files { if (-f $document_root/f.txt) { return 200 "f\\n"; }
        return 200 "none\\n"; }
      location /folder { if (!-d $document_root/nope) { return 200 "no d\\n"; } return 204; }
      location /exists { if (-e $document_root$arg_f) { return 200 "e\\n"; } return 204; }
      location /agent { if ($http_user_agent ~* "curl|wget") { return 403; } return 200 "ok\\n"; }
      location /not { if ($arg_a != b) { return 200 "not b\\n"; } return 200 "b\\n"; }
      location /twice { if ($arg_a) { set $r a; } if ($arg_b) { set $r "${r}b"; }
        return 200 "r=$r\\n"; }
      location /if-proxy { if ($arg_a) { proxy_pass http://127.0.0.1:{origin}; } return 200 "x"; }
      location /if-field { if ($arg_a) { add_header X-If yes; } add_header X-Out out;
        return 200 "x"; }
      location /break { set $v 1; break; set $v 2; return 200 "never\\n"; }
      location /rewrite { rewrite ^/rewrite/(\\d+)/(.*)$ /pair?n=$1&m=$2? last; return 404; }
      location /case { rewrite (?i)^/CASE/(.*)$ /shown/$1 last; }
      location /shown { return 200 "$uri|$args|$request_uri\\n"; }
      location /user { auth_basic "r $arg_r"; auth_basic_user_file users;
        try_files /none @user; }
      location @user { return 200 "$remote_user\\n"; }
      location /off { auth_basic off; return 200 "$remote_user|$http_authorization\\n"; }
      location /misc { return 200
        "$server_addr|$nginx_version|$hostname|$realpath_root" ; }
      location /sent {
        add_header X-Sent "$sent_http_content_type|$sent_http_content_length|$status";
        return 200 "$content_length|$http_cookie|$cookie_a|$args|$arg_x\\n"; }
      location /encoded { return 200 "$arg_q|$uri|$document_uri|$request_filename\\n"; }
      location /quoted { return 200 'a"b\\'c $uri {x}'; }
      location /dollar { return 200 "${uri}x$args-y"; }
      location /trailing/ { return 301 $scheme://$host$request_uri/; }
      location ~* \\.(?<ext>png|jpe?g)$ { return 200 "$ext|$1\\n"; }
      location ~ ^/user/(?<name>\\w+)/?(.*)$ { proxy_set_header X-Name $name;
        proxy_pass http://127.0.0.1:{origin}/u/$name/$2; }
    }
    """,
    cases: [
      .get("/pair", "A: x", "B: y"), .get("/pair", "A: x"), .get("/pair", "B: y"),
      .get("/pair?n=1"), .get("/pair?n=2&m=q"), .get("/pair", host: "shop.example.org"),
      .get("/pair?N=1"), .get("/files"), .get("/folder"), .get("/exists?f=/f.txt"),
      .get("/exists?f=/g"), .get("/agent", "User-Agent: Curl/8"), .get("/agent"),
      .get("/not"), .get("/not?a=b"), .get("/twice?a=1&b=1"), .get("/twice?b=1"),
      .get("/if-proxy?a=1"), .get("/if-proxy"), .get("/if-field?a=1"), .get("/if-field"),
      .get("/break"), .get("/rewrite/12/x%20y?z=1"), .get("/rewrite/x"), .get("/case/A%2fb?q"),
      .get("/user"), .get("/user?r=a%22b"), .get("/user", "Authorization: Basic am9lOnNlY3JldA=="),
      .get("/user", "Authorization: Basic YW5uOnNlY3JldA=="),
      .get("/user", "Authorization: basic YW5uOnNlY3JldA=="),
      .get("/user", "Authorization: Basic YW5u"), .get("/user", "Authorization: Basic !!"),
      .get("/user", "Authorization: Basic"), .get("/off", "Authorization: Basic YW5uOnNlY3JldA=="),
      .get("/misc"), .get("/sent", "Cookie: a=b; c", "Cookie: d=e"), .get("/sent?=x"),
      .get("/encoded/%41%20?q=%41%20&q=2"), .get("/quoted"), .get("/dollar?a"),
      .get("/trailing/x?y"), .get("/a.PNG"), .get("/b.jpeg"), .get("/user/joe/a%20b?x=1"),
      .get("/user/joe"), .head("/quoted"),
    ])

  /// Compression aside, what several servers on one port, unix sockets and groups do.
  static let groups = http(
    "groups",
    """
    log_format states "$request_uri $status $upstream_status";
    upstream weighted { server 127.0.0.1:{origin} weight=2; server 127.0.0.1:{origin2}; }
    upstream down { server 127.0.0.1:{origin} down; server 127.0.0.1:{origin2}; }
    upstream half { server 127.0.0.1:{dead} max_fails=0; server 127.0.0.1:{origin} max_fails=0; }
    upstream dead { server 127.0.0.1:{dead}; }
    upstream all-down { server 127.0.0.1:{dead} down; }
    upstream by-uri { hash $request_uri; server 127.0.0.1:{origin}; server 127.0.0.1:{origin2}; }
    upstream ring { hash $arg_k consistent; server 127.0.0.1:{origin}; server 127.0.0.1:{origin2}; }
    upstream by-address { ip_hash; server 127.0.0.1:{origin}; server 127.0.0.1:{origin2}; }
    upstream least { least_conn; server 127.0.0.1:{origin}; server 127.0.0.1:{origin2} weight=3; }
    server {
      listen 127.0.0.1:{port};
      proxy_connect_timeout 1s;
      access_log access.log states;
      location ~ ^/(?<group>[a-z-]+) { proxy_set_header X-Group $proxy_host:$proxy_port;
        add_header X-Status $upstream_status always; proxy_pass http://$group; }
      location /u/ { proxy_pass http://unix:/tmp/apus-no-such-socket:/x; }
    }
    """,
    cases: (1...7).map { .get("/weighted/\($0)") }
      + (1...2).map { .get("/down/\($0)") }
      + (1...8).map { .get("/by-uri/\($0)") } + (1...8).map { .get("/ring?k=\($0)") }
      + (1...3).map { .get("/by-address/\($0)") } + (1...4).map { .get("/least/\($0)") }
      + [
        .get("/half/1"), .get("/half/2"), .get("/dead/1"), .get("/dead/2"), .get("/all-down"),
        .get("/u/x"),
        .get("/weighted/invalid", origin: [.rawThenClose("HTTP/1.1 20 OK\r\n\r\n")]),
      ])
}
