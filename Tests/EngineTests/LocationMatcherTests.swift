import Bytes
import Testing

@testable import Engine

@Suite struct LocationMatcherTests {
  /// The location that a path gets; its answer is its name.
  private func location(of path: String, in server: String) throws -> String {
    try withExchange("GET \(path) HTTP/1.1\nHost: h", server: server) { exchange in
      exchange.server.locations.location(for: exchange)?.name.string ?? "none"
    }
  }

  /// The table in nginx's own `location` documentation.
  @Test(arguments: [
    ("/", "/", true), ("/index.html", "/", false),
    ("/documents/document.html", "/documents/", false),
    ("/images/1.gif", "/images/", false), ("/documents/1.jpg", #"\.(gif|jpg|jpeg)$"#, false),
    ("/1.JPG", #"\.(gif|jpg|jpeg)$"#, false), ("/documents", "/", false),
  ])
  func `the documented example selects the documented location`(
    path: String, name: String, isExact: Bool
  ) throws {
    let server = #"""
      location = / {} location / {} location /documents/ {} location ^~ /images/ {}
      location ~* \.(gif|jpg|jpeg)$ {}
      """#
    try withExchange("GET \(path) HTTP/1.1\nHost: h", server: server) { exchange in
      let location = try #require(exchange.server.locations.location(for: exchange))
      #expect(location.name.string == name)
      if case .exact = location.kind { #expect(isExact) } else { #expect(!isExact) }
    }
  }

  @Test(arguments: [
    ("/", "none"), ("/a", "/a"), ("/ab", "/ab"), ("/abc", "/abc"), ("/abd", "/ab"),
    ("/abcd/e", "/abcd"), ("/aX", "/a"), ("/b", "/b"), ("/bcd", "/bcd"), ("/bc", "/b"),
    ("/c/d", "none"),
  ])
  func `the longest prefix wins, in whatever order they stand`(path: String, name: String) throws {
    let names = ["/abcd", "/b", "/ab", "/abc", "/bcd", "/a"]
    for names in [names, names.reversed(), names.sorted()] {
      let server = names.map { "location \($0) {}" }.joined()
      #expect(try location(of: path, in: server) == name)
    }
  }

  @Test(arguments: [
    ("/a/x.php", "first"), ("/a/b/x.php", "^/a/b/x"), ("/a/b/", "/a/b/"), ("/a/c", "/a/"),
    ("/a/=", "/a/="), ("/z.php", "first"), ("/z", "/"),
  ])
  func `nested locations are asked before the expressions outside`(
    path: String, name: String
  ) throws {
    let server = #"""
      location / {}
      location /a/ { location /a/b/ { location ~ ^/a/b/x {} } location = /a/= {} }
      location ~ (\.php|first)$ {} location ~ second|php {}
      """#
    let expected = name == "first" ? #"(\.php|first)$"# : name
    #expect(try location(of: path, in: server) == expected)
  }

  @Test func `the groups of the expression that chose are noted`() throws {
    let server = #"location ~ ^/u/(?<user>[^/]+)/(.*)$ { return 200 "$user $2"; }"#
    #expect(try outcome(answer("GET /u/me/x/y HTTP/1.1\nHost: h", server: server)) == "200 me x/y")
  }

  @Test(arguments: [
    ("/app", true), ("/app/", false), ("/ap", false), ("/app/x", false), ("/static", false),
    ("/exact", false), ("/app/a/inner", true), ("/slash/", false), ("/both", false),
    ("/only", true), ("/named", false),
  ])
  func `a missing slash is noticed where requests are passed on`(
    path: String, isMissing: Bool
  ) throws {
    let pass = "{ proxy_pass http://127.0.0.1:1; }"
    let server = """
      location /app/ { proxy_pass http://127.0.0.1:1; location /app/a/inner/ \(pass) }
      location /static/ {} location / {} location /exact/ \(pass) location = /exact {}
      location /slash// \(pass) location /both {} location /both/ \(pass)
      location = /only/ \(pass) location /named {} location = /named/ \(pass)
      """
    try withExchange("GET \(path) HTTP/1.1\nHost: h", server: "merge_slashes off; " + server) {
      let choice = $0.server.locations.choice(for: $0)
      if case .missingSlash = choice { #expect(isMissing) } else { #expect(!isMissing) }
    }
  }

  @Test func `who lacks a slash is sent there as the location says`() throws {
    let server = """
      location / { location /a/ { proxy_pass http://127.0.0.1:1; add_header X-A 1 always; } }
      location /b/ { proxy_pass http://127.0.0.1:1; error_page 301 =200 /page; }
      location /page { return 200 page; }
      """
    let response = try answer("GET /a HTTP/1.1\nHost: h", server: server)
    #expect(response.contains(" 301 ") && response.contains("X-A: 1\r\n"))
    #expect(try outcome(answer("GET /b HTTP/1.1\nHost: h", server: server)) == "200 page")
  }

  @Test func `expressions that begin with different texts are told apart`() throws {
    let server = (0..<12).map { "location ~ ^/files/t\($0)/[a-z]+$ {}" }.joined() + "location / {}"
    for number in 0..<12 {
      #expect(try location(of: "/files/t\(number)/a", in: server) == "^/files/t\(number)/[a-z]+$")
    }
    #expect(try location(of: "/files/t12/a", in: server) == "/")
    #expect(try location(of: "/f", in: server) == "/")
  }

  @Test func `paths are compared as bytes, not as Unicode text`() throws {
    let server = "location /\u{E9} {} location / {}"
    #expect(try location(of: "/%C3%A9", in: server) == "/\u{E9}")
    #expect(try location(of: "/e%CC%81", in: server) == "/")
  }
}
