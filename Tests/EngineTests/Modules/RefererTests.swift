import Bytes
import Testing

@testable import Engine

@Suite struct RefererTests {
  @Test(arguments: [
    ("www.example.org", "http://www.example.org/page", true),
    ("www.example.org", "https://WWW.example.org", true),
    ("www.example.org", "http://example.org/", false),
    ("*.example.org", "http://a.b.example.org/", true),
    ("www.example.*", "http://www.example.net/", true),
    ("www.example.org/path", "http://www.example.org/path/x", true),
    ("www.example.org/path", "http://www.example.org/other", false),
    ("~example", "http://my-example.net/", true),
    ("server_names", "http://h.example/", true),
    ("blocked", "nonsense", true),
    ("none", "http://a.example/", false),
  ])
  func `a Referer is compared with the names`(names: String, referer: String, isValid: Bool) throws
  {
    let reply = try answer(
      "GET / HTTP/1.1\nHost: h.example\nReferer: \(referer)",
      server: "server_name h.example; valid_referers \(names); return 200 '[$invalid_referer]';")
    #expect(outcome(reply) == (isValid ? "200 []" : "200 [1]"))
  }

  @Test(arguments: [("none", "200 []"), ("blocked", "200 [1]")])
  func `a missing Referer is valid where none is`(names: String, expected: String) throws {
    let reply = try answer(server: "valid_referers \(names); return 200 [$invalid_referer];")
    #expect(outcome(reply) == expected)
  }

  @Test func `a scheme is a mistake`() {
    let messages = load(http: "server { valid_referers http://a; }").messages
    #expect(messages == ["URI scheme is not allowed in referer"])
  }
}
