import Bytes
import Testing

@testable import Engine

@Suite struct MapTests {
  @Test(
    arguments: [
      ("example.com", "exact"), ("EXAMPLE.com", "exact"), ("www.example.com", "below"),
      ("a.b.example.com", "below"), ("x.deep.example.com", "deep"), ("deep.example.com", "below"),
      ("domain.org", "domain"), ("www.domain.org", "domain"), ("mail.example.net", "mail"),
      ("mail.x.y", "mail"), ("other", nil), ("", nil),
    ] as [(ByteString, ByteString?)])
  func `host names match as in server names`(text: ByteString, value: ByteString?) throws {
    var map = ValueMap()
    map.hasHostNames = true
    for (key, value) in [
      ("example.com", "exact"), ("*.example.com", "below"), ("*.deep.example.com", "deep"),
      (".domain.org", "domain"), ("mail.*", "mail"),
    ] as [(ByteString, ByteString)] {
      try map.insert(key, Template(constant: value))
    }
    #expect(map.plainValue(of: text)?.constant == value)
  }

  @Test(arguments: [
    ("default a; default b;", "duplicate default map parameter"),
    ("a 1; A 2;", #"conflicting parameter "a""#),
    ("hostnames; .a.b 1; a.b 2;", #"conflicting parameter "a.b""#),
    ("hostnames; *.a.b 1; .a.b 2;", #"conflicting parameter ".a.b""#),
    ("hostnames; a*b 1;", #"invalid hostname or wildcard "a*b""#),
    ("a b c;", "invalid number of the map parameters"),
    ("a;", "invalid number of the map parameters"),
    ("a { }", #"unexpected "{""#),
  ])
  func `a mistake is reported in nginx's words`(entries: String, message: String) {
    #expect(load(http: "map $uri $x { \(entries) }").messages == [message])
  }

  @Test(arguments: [
    "default 0; a 1; ~^b 2; ~*C(?<rest>.*) $rest$1; \\default 3; '' 4; volatile;",
    "hostnames; a* 1;",
  ])
  func `a map may have every kind of entry`(entries: String) {
    let messages = load(http: "map $uri $x { \(entries) }").messages
    #expect(messages == (entries.contains("a*") ? [#"invalid hostname or wildcard "a*""#] : []))
  }

  @Test func `the variable needs its dollar sign`() {
    #expect(load(http: "map $uri x { a 1; }").messages == [#"invalid variable name "x""#])
  }
}
