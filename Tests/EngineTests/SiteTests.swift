import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct SiteTests {
  @Test(arguments: [
    ("listen 81; listen 127.0.0.1:82;", ["0.0.0.0:81", "127.0.0.1:82"]),
    ("listen [::1]:83;", ["[::1]:83"]),
    ("listen 84-86;", ["0.0.0.0:84", "0.0.0.0:85", "0.0.0.0:86"]),
  ])
  func `a site listens where its servers say`(text: String, addresses: [String]) throws {
    let site = try #require(load(server: text).site)
    #expect(site.listeners.map { "\($0.address.text)" } == addresses)
  }

  @Test func `servers of one address share it`() throws {
    let text = "server { listen 81; } server { listen 81; server_name b; } server { listen 82; }"
    let site = try #require(load(http: text).site)
    #expect(site.listeners.map(\.servers.all.count) == [2, 1])
  }
}
