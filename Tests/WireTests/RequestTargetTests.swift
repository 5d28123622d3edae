import Bytes
import Testing

@testable import Wire

/// The expected paths are those that a running nginx answers to `return 200 "$uri|$args"`.
@Suite struct RequestTargetTests {
  private func parse(
    _ text: String, method: Wire.Method = .get, mergesSlashes: Bool = true
  ) throws -> (target: RequestTarget, path: String) {
    let bytes = Array(text.utf8)
    var path = ByteString()
    let target = try RequestTarget(
      bytes.span, in: 0..<bytes.count, method: method, mergesSlashes: mergesSlashes, path: &path)
    return (target, path.string)
  }

  private func target(_ text: String, method: Wire.Method = .get) throws -> RequestTarget {
    try parse(text, method: method).target
  }

  private func slice(_ range: ByteRange, of text: String) -> String {
    ByteString(Array(text.utf8)[range.range]).string
  }

  @Test(arguments: [
    ("/", "/", ""), ("/a/b?x=1", "/a/b", "x=1"), ("/a//b", "/a/b", ""), ("//", "/", ""),
    ("/a/./b", "/a/b", ""), ("/a/../b", "/b", ""), ("/a/b/..", "/a/", ""), ("/a/.", "/a/", ""),
    ("/a/..%2f", "/", ""), ("/a/%2e%2e/b", "/b", ""), ("/%2Fa", "/a", ""),
    ("/a%2F%2Fb", "/a/b", ""), ("/a%3Fb?c", "/a?b", "c"), ("/a%23b", "/a#b", ""),
    ("/a%25b", "/a%b", ""), ("/a#b", "/a", ""), ("/a?b#c", "/a", "b"), ("/a#b?c", "/a", ""),
    ("/...", "/...", ""), ("/.../a", "/.../a", ""), ("/..a", "/..a", ""), ("/.a", "/.a", ""),
    ("/a+b%2Bc", "/a+b+c", ""), ("/a%20b", "/a b", ""), ("/%41%62", "/Ab", ""),
    ("/a/b/../../c", "/c", ""), ("/a//../b", "/b", ""), ("/a/b/.?q", "/a/b/", "q"),
    ("/a/..?q", "/", "q"), ("/?", "/", ""), ("/a??b", "/a", "?b"), ("/a?%zz", "/a", "%zz"),
    ("/%2e", "/", ""), ("/a.b/../c", "/c", ""), ("/caf%C3%A9", "/café", ""), ("/./", "/", ""),
    ("/a/.//b", "/a/b", ""), ("/a%5cb", "/a\\b", ""), ("/a/b//../c", "/a/c", ""),
    ("http://h/x/../y?z", "/y", "z"), ("http://h", "/", ""), ("http://h?q", "/", "q"),
    ("http://h:80/a", "/a", ""), ("/a/%2e%2e%2fb", "/b", ""), ("/a/b%2f..", "/a/", ""),
    ("/%25%32%65", "/%2e", ""),
  ])
  func `a path is decoded and normalized as nginx does it`(
    text: String, path: String, query: String
  ) throws {
    let parsed = try parse(text)
    #expect(parsed.path == path)
    #expect(slice(parsed.target.query, of: text) == query)
  }

  @Test(arguments: [
    ("/a//b", "/a//b"), ("//", "//"), ("/%2Fa", "//a"), ("/a%2F%2Fb", "/a//b"),
    ("/a//../b", "/a/b"), ("//../a", "/a"), ("/a/b//../c", "/a/b/c"), ("/a/.//b", "/a//b"),
  ])
  func `slashes are kept where merge_slashes is off`(text: String, path: String) throws {
    #expect(try parse(text, mergesSlashes: false).path == path)
  }

  @Test(arguments: [
    "/..", "/a/../..", "/%2e%2e/a", "/%", "/%4", "/%zz", "/%00", "//../a", "http://h_x/a", "*", "a",
    "http:/h/", "http:", "?a", "http://u@h/", "http://h:8x/", "http://[::1/a",
  ])
  func `what nginx refuses is refused`(text: String) {
    #expect(throws: RequestTargetError.invalid) { try target(text) }
  }

  @Test(arguments: [
    ("/a/b?c", true, true), ("/a%20b", false, true), ("/a//b", false, true), ("/a#b", true, true),
    ("/.a", true, true), ("http://h/a", true, true), ("http://h?a", false, false),
  ])
  func `raw bytes are known to be equal or usable`(
    text: String, isPlain: Bool, isUsable: Bool
  ) throws {
    let target = try target(text)
    #expect(target.isPlain == isPlain)
    #expect(target.isRawUsable == isUsable)
  }

  @Test func `the forms are told apart`() throws {
    let absolute = try target("http://Host:80/a")
    #expect(absolute.form == .absolute)
    #expect(slice(absolute.authority, of: "http://Host:80/a") == "Host:80")
    #expect(slice(absolute.raw, of: "http://Host:80/a") == "/a")
    #expect(slice(try target("http://h").raw, of: "http://h") == "/")
    #expect(try target("*", method: .options).form == .asterisk)
    #expect(try target("h:443", method: .connect).form == .authority)
    #expect(throws: RequestTargetError.invalid) { try target("h", method: .connect) }
  }
}
