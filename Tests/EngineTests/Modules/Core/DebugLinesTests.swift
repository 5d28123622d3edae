import Bytes
import Testing

@testable import Engine

@Suite struct DebugLinesTests {
  private func location(_ events: String, _ http: String) throws -> Location {
    let result = load(file: "events { \(events) } http { \(http) server { location / { } } }")
    let site = try #require(result.site)
    return try #require(site.listeners.first?.servers.defaultServer.location)
  }

  private func writesDebugLines(_ events: String, _ http: String) throws -> Bool {
    try location(events, http).logs.contains { $0 is DebugLines }
  }

  @Test func `only a log of that level or a named client makes a location write them`() throws {
    #expect(try !writesDebugLines("", "error_log /x info;"))
    #expect(try writesDebugLines("", "error_log /x debug;"))
    #expect(try writesDebugLines("debug_connection 192.0.2.0/24;", "error_log /x;"))
    #expect(try writesDebugLines("debug_connection unix:;", "error_log /x;"))
  }
}
