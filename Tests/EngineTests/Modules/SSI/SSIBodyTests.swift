import Testing

@testable import Engine

/// Documents through the whole road; `return` makes them.
@Suite struct SSIBodyTests {
  private func body(_ text: String, query: String = "", further: String = "") throws -> String {
    let http = """
      geo $dollar { default "$"; }
      server { listen 80;
      default_type text/html; ssi on;
      location = / { return 200 '\(text.replacing("$", with: "${dollar}"))'; }
      location /part { return 200 '(part)'; }
      location /outer { return 200 'a<!--#include virtual="/part" -->b'; }
      location /empty { return 204; }
      location /value { return 200 'it is <!--#echo var="set" -->'; }
      error_log off;
      \(further)
      }
      """
    let text = try answer(
      "GET /\(query.isEmpty ? "" : "?" + query) HTTP/1.0\nHost: h", http: http)
    return text.split(separator: "\r\n\r\n", maxSplits: 1).last.map(String.init) ?? ""
  }

  @Test(arguments: [
    (#"x<!--#echo var="arg_a" -->x"#, "x&lt;1x"),
    (#"x<!--#echo var="arg_b" -->x"#, "x(none)x"),
    (#"x<!--#echo var="arg_b" default="d" -->x"#, "xdx"),
    (#"<!--#set var="v" value="<$arg_a>" --><!--#echo var="v" encoding="none" -->"#, "<<1>"),
    (#"a<!--#include virtual="/part" -->b<!--#include virtual="/part" -->c"#, "a(part)b(part)c"),
    (#"<!--#include virtual="/outer" -->"#, "a(part)b"),
    (#"<!--#include virtual="/part" set="v" -->x<!--#echo var="v" -->"#, "x(part)"),
    (#"<!--#set var="set" value="5" --><!--#include virtual="/value" -->"#, "it is 5"),
    (#"<!--#if expr="$arg_a" -->1<!--#else -->2<!--#endif -->"#, "1"),
    (#"<!--#if expr="$arg_b" -->1<!--#elif expr="$arg_a = /1/" -->2<!--#endif -->"#, "2"),
    (
      #"<!--#if expr="$arg_a" --><!--#if expr="$arg_b" -->1<!--#else -->2<!--#endif -->"#
        + #"<!--#else -->3<!--#endif -->"#, "2"
    ),
    (
      #"<!--#block name="b" -->B<!--#endblock -->x<!--#include virtual="/empty" stub="b" -->"#, "xB"
    ),
    (
      #"<!--#block name="b" --><!--#include virtual="/404" stub="b" -->B<!--#endblock -->"#
        + #"<!--#include virtual="/404" stub="b" -->"#, String(repeating: "B", count: 50)
    ),
    (#"<!--#config errmsg="E" -->x<!--#nonsense -->y"#, "xEy"),
    (#"<!--#config errmsg="E" --><!--#include virtual="/../etc" -->"#, "E"),
    (#"<!--#config errmsg="E" --><!--#endif --><!--#include -->"#, "EE"),
  ])
  func `a document is executed`(text: String, result: String) throws {
    let answered = try body(text, query: "a=<1")
    if result.allSatisfy({ $0 == "B" }), result.count > 1 {
      // A block that includes itself comes to an end.
      #expect(answered.filter { $0 == "B" }.count == result.count)
    } else {
      #expect(answered == result)
    }
  }

  @Test func `a document that includes itself comes to an end`() throws {
    let include = #"<!--#include virtual="/tree" -->"#
    let text = try body(
      #"<!--#config errmsg="E" --><!--#include virtual="/tree" -->"#,
      further: "location /tree { return 200 'x\(include)\(include)'; }")
    // Those that were refused as too deep count as well.
    let count = text.filter { $0 == "x" }.count
    #expect(count > SSIContext.maximumRequests / 2 && count <= SSIContext.maximumRequests)
  }

  @Test func `errors may be silent, and other types are left alone`() throws {
    #expect(try body("x<!--#nonsense -->y", further: "ssi_silent_errors on;") == "xy")
    let text = try answer(
      "GET /a HTTP/1.0\nHost: h",
      server: "ssi on; location /a { default_type text/plain; return 200 '<!--#else -->'; }")
    #expect(text.hasSuffix("<!--#else -->"))
  }

  @Test func `a value that is too long ends the response`() throws {
    let text = try body(
      #"x<!--#include virtual="/part" set="v" -->y"#,
      further: "subrequest_output_buffer_size 5;")
    #expect(!text.contains("y"))
  }
}
