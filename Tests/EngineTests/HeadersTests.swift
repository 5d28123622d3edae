import Bytes
import Testing

@testable import Engine

@Suite struct HeadersTests {
  @Test(arguments: [
    ("", ["A"]),
    ("add_header B b;", ["B"]),
    ("add_header B b; add_header C c always;", ["B", "C"]),
    ("add_header_inherit off;", []),
    ("add_header_inherit off; add_header B b;", ["B"]),
    ("add_header_inherit merge; add_header B b;", ["B", "A"]),
    ("add_header B b; add_header_inherit merge;", ["B", "A"]),
  ])
  func `a server inherits added fields`(text: String, names: [ByteString]) throws {
    let settings = try #require(load(http: "add_header A a; server { \(text) }").serverSettings)
    #expect(settings.headers.fields.all.map(\.spelling) == names)
  }

  @Test func `the way of inheriting is inherited`() throws {
    let settings = try #require(
      load(http: "add_header A a; add_header_inherit off; server {}").serverSettings)
    #expect(settings.headers.fields.all.isEmpty)
  }

  @Test(arguments: [
    ("add_header A a often;", #"invalid parameter "often""#),
    ("add_header A '${uri';", #"the closing bracket in "uri" variable is missing"#),
    ("expires never;", #""expires" directive invalid value"#),
    ("expires sometimes 1h;", #""expires" directive invalid value"#),
    (
      "expires modified @1h;",
      #""expires" directive daily time cannot be used with "modified" parameter"#
    ),
    ("expires @25h;", #""expires" directive daily time value must be less than 24 hours"#),
    ("expires 1h; expires 2h;", #""expires" directive is duplicate"#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(http: text).messages == [message])
  }

  @Test func `a time of the day is the next one`() {
    let now = 1_700_000_000
    for time in [0, 3600, 43_200, 86_399] {
      let next = Expires.nextMoment(ofDay: time, after: now)
      #expect(next > now && next <= now + 90_000)
    }
  }

  @Test(arguments: [(200, true), (206, true), (304, true), (308, true), (404, false), (502, false)])
  func `only answers as asked for get fields that are not always added`(
    status: Int, isSafe: Bool
  ) {
    #expect(HeadersFilter.isSafe(status) == isSafe)
  }
}
