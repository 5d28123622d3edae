import Bytes
import Testing

@testable import Engine

@Suite struct GeoTests {
  private func value(_ address: String, _ entries: String) throws -> String {
    let http = "geo $arg_a $g { \(entries) } server { return 200 $g; }"
    return outcome(try answer("GET /?a=\(address) HTTP/1.1\nHost: h", http: http))
  }

  @Test(arguments: [
    ("10.1.2.3", "200 ten-one"), ("10.2.0.1", "200 ten"), ("192.0.2.1", "200 none"),
    ("2001:db8::1", "200 six"), ("::ffff:10.1.0.1", "200 ten-one"),
  ])
  func `the longest prefix wins`(address: String, value expected: String) throws {
    let entries = "default none; 10.0.0.0/8 ten; 10.1.0.0/16 ten-one; 2001:db8::/32 six;"
    #expect(try value(address, entries) == expected)
  }

  @Test(arguments: [("10.0.0.5", "200 low"), ("10.0.0.150", "200 high"), ("10.0.0.250", "200 d")])
  func `ranges may overlap and be deleted in part`(address: String, value: String) throws {
    let entries = """
      ranges; default d; 10.0.0.0-10.0.0.255 low; 10.0.0.100-10.0.0.255 high;
      delete 10.0.0.200-10.0.0.255;
      """
    #expect(try self.value(address, entries) == value)
  }

  @Test(arguments: [
    ("a b;", #"invalid network "a""#),
    ("ranges; 10.0.0.1 b;", #"invalid range "10.0.0.1""#),
    ("10.0.0.0/8 b c;", "invalid number of the geo parameters"),
    (
      "10.0.0.0/8 a; 10.0.0.0/8 b;",
      #"duplicate network "10.0.0.0/8", value: "b", old value: "a""#
    ),
  ])
  func `a mistake is reported in nginx's words`(entries: String, message: String) {
    #expect(load(http: "geo $g { \(entries) }").messages == [message])
  }

  @Test func `a value is looked up once in a request, unless it is volatile`() throws {
    let entries = "default none; 10.0.0.1 one; 10.0.0.2 two;"
    let http = """
      geo $arg_a $kept { \(entries) } geo $arg_a $fresh { volatile; \(entries) }
      server { set $before $kept$fresh; set $args a=10.0.0.2; return 200 $before,$kept$fresh; }
      """
    let response = try answer("GET /?a=10.0.0.1 HTTP/1.1\nHost: h", http: http)
    #expect(outcome(response) == "200 oneone,onetwo")
  }
}
