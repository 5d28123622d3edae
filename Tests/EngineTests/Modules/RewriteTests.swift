import Bytes
import Config
import Testing

@testable import Engine

@Suite struct RewriteTests {
  @Test(arguments: [
    ("return x;", #"invalid return code "x""#),
    ("return 1000;", #"invalid return code "1000""#),
    ("return 200x text;", #"invalid return code "200x""#),
    ("return http://a b;", #"invalid return code "http://a""#),
    ("return 200 $;", "invalid variable name"),
    (#"rewrite a "";"#, "empty replacement"),
    ("rewrite a b c;", #"invalid parameter "c""#),
    ("rewrite ( b;", "pcre2_compile() failed: missing closing parenthesis in \"(\""),
    ("set a b;", #"invalid variable name "a""#),
    ("set $host b;", #"the duplicate "host" variable"#),
    ("return 200 $nothing;", #"unknown "nothing" variable"#),
    ("if $a {}", #"invalid condition "$a""#),
    ("if ($host {}", #"invalid condition "$host""#),
    ("if () {}", #"invalid condition ")""#), ("set $ b;", #"invalid variable name "$""#),
    ("if (host) {}", #"invalid condition "host""#),
    ("if ($host =) {}", #"invalid condition "$host""#),
    ("if ($host == a) {}", #"unexpected "==" in condition"#),
    ("if (-y a) {}", #"invalid condition "-y""#),
    ("if (-f a b) {}", #"invalid condition "-f""#),
    ("if ($absent) {}", #"unknown "absent" variable"#),
    ("if ($host) { if ($host) {} }", #""if" directive is not allowed here"#),
    ("if ($host) { root /; }", #""root" directive is not allowed here"#),
    ("try_files a;", #"invalid number of arguments in "try_files" directive"#),
    ("try_files a =x;", #"invalid code "=x""#),
    ("try_files a b; try_files a b;", #""try_files" directive is duplicate"#),
    (#"index "";"#, #"index "" in "index" directive is invalid"#),
    ("index /a b;", #"only the last index in "index" directive should be absolute"#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(server: text).diagnostics.first?.message == message)
  }

  @Test(arguments: [
    "return 444;", "return 301 https://$host$request_uri;", "return https://a/;",
    "return $scheme://a/;", #"return 200 "text";"#, "set $a b; return 200 $a;",
    "rewrite ^/(.*)$ /$1? last;", "rewrite ^ http://a/ permanent;", "break;",
    "if ($host) { return 204; }", "if ( $host = a ) { break; }", "if ($host != a) {}",
    #"if ($host ~* "^(?<name>a)") { return 200 $name; }"#, "if ($host !~ a) {}",
    "if (!-f $document_root$uri) { rewrite ^ /a break; }", "if (-d /) {}",
    "location / { if ($host) { root /; set $b 1; } return 200 $b; }",
    "try_files $uri $uri/ @a; location @a { return 200; }", "try_files a =404;",
    "rewrite_log on; uninitialized_variable_warn off; index a /b;",
  ])
  func `what nginx accepts is accepted`(text: String) {
    #expect(load(server: text).diagnostics.map(\.message) == [])
  }

  @Test func `steps keep the order of the file, with those of if blocks among them`() throws {
    let site = try #require(
      load(server: "set $a 1; if ($a) { set $a 2; break; } set $a 3; return 204;").site)
    let steps = try #require(site.listeners.first).servers.defaultServer.location.script
    #expect(
      steps.map { "\(type(of: $0))" } == [
        "VariableAssignment", "If", "VariableAssignment", "Return",
      ])
  }

  @Test(arguments: [
    ("/a", "/a"), ("/a%20b", "/a%20b"), ("/%41%2f", "/A/"), ("/%25", "/%25"),
    ("/a%3Fb%41", "/a?b%41"), ("/a?%41", "/a?%41"), ("/%zz", "/zz"), ("/%C3%a9", "/%C3%a9"),
  ])
  func `the target of a redirect is decoded as far as it can be`(text: String, result: String) {
    #expect(RedirectTarget.decode(ByteString(text)).string == result)
  }
}
