import Bytes
import Testing

@testable import Wire

@Suite struct NormalizedPathTests {
  private func path(_ text: String, mergesSlashes: Bool = true) throws -> String {
    let bytes = Array(text.utf8)
    var path = try NormalizedPath(
      bytes.span, in: 0..<bytes.count, startsWithSlash: false, mergesSlashes: mergesSlashes)
    try path.finish()
    return ByteString(path.path).string
  }

  @Test(arguments: [
    ("/", "/"), ("/a/./b", "/a/b"), ("/a/../b", "/b"), ("/a/b/..", "/a/"), ("/a/.", "/a/"),
    ("/a//b///c", "/a/b/c"), ("/%2e%2e%2fa", nil), ("/a/%2E%2e/b", "/b"), ("/a%2Fb", "/a/b"),
    ("/%41%20%3f%23%25", "/A ?#%"), ("/...", "/..."), ("/.../a", "/.../a"), ("/a..", "/a.."),
    ("/..", nil), ("/../a", nil), ("/a/../..", nil), ("/%00", nil), ("/%", nil), ("/%4", nil),
    ("/%zz", nil), ("/a?b/../c", "/a"), ("/a#b", "/a"), ("/a+b", "/a+b"),
  ])
  func `a path is decoded and resolved as in nginx`(text: String, expected: String?) throws {
    guard let expected else {
      #expect(throws: RequestTargetError.invalid) { try path(text) }
      return
    }
    #expect(try path(text) == expected)
  }

  @Test func `slashes stay apart where they are not to be merged`() throws {
    #expect(try path("/a//b", mergesSlashes: false) == "/a//b")
  }
}
