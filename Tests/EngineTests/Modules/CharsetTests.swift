import Bytes
import Testing

@testable import Engine

@Suite struct CharsetTests {
  @Test(arguments: [
    ("charset utf-8;", "Content-Type: text/plain; charset=utf-8"),
    ("charset off;", "Content-Type: text/plain\r\n"),
    ("charset utf-8; default_type image/png;", "Content-Type: image/png\r\n"),
    ("charset koi8-r; charset_types *; default_type a/b;", "Content-Type: a/b; charset=koi8-r"),
  ])
  func `the type names the character set`(directives: String, field: String) throws {
    #expect(try answer(server: directives + " return 200 text;").contains(field))
  }

  @Test func `bytes are converted by a map, in both directions`() throws {
    let http = """
      charset_map one utf-8 { 80 D0B0; }
      server { source_charset %; charset ^; return 200 '\u{430}\u{431}'; }
      """
    let toBytes = http.replacing("%", with: "utf-8").replacing("^", with: "one")
    #expect(try answer("GET / HTTP/1.0\nHost: h", http: toBytes).hasSuffix("\u{FFFD}&#1073;"))
  }

  @Test(arguments: [
    ("a a { }", #""charset_map" between the same charsets "a" and "a""#),
    ("a b { x y; }", #"invalid value "x""#),
    ("a b { 80 8081; }", #"invalid value "8081""#),
    ("a b { 80 81 82; }", "invalid parameters number"),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(http: "charset_map " + text).messages == [message])
  }
}
