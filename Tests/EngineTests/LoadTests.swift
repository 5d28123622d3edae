import Bytes
import Testing

@testable import Engine

@Suite struct LoadTests {
  @Test func `all mistakes are reported in one go`() {
    let messages = load(server: "nonsense; root; location / { more; } return x;").messages
    #expect(messages.count == 4, "\(messages)")
  }

  @Test func `a directive below a block is inherited by the block`() throws {
    let response = try answer(
      server: "location / { return 404; } error_page 404 =200 /p; location /p { return 200 p; }")
    #expect(outcome(response) == "200 p")
  }

  @Test(
    arguments: [("a", "/prefix/a", "/prefix/conf/a"), ("/a", "/a", "/a")]
      as [(ByteString, ByteString, ByteString)])
  func `relative paths start at the prefix or beside the configuration`(
    path: ByteString, below: ByteString, beside: ByteString
  ) {
    let load = Load(options: LoadOptions(prefix: "/prefix/", configurationFolder: "/prefix/conf/"))
    let level = Level(context: .http, load: load, settings: Settings())
    #expect(level.pathBelowPrefix(path) == below)
    #expect(level.pathBesideConfiguration(path) == beside)
  }

  @Test(arguments: [
    ("listen 81; listen 127.0.0.1:82;", ["0.0.0.0:81", "127.0.0.1:82"]),
    ("listen [::1]:83;", ["[::1]:83"]),
    ("listen 84-86;", ["0.0.0.0:84", "0.0.0.0:85", "0.0.0.0:86"]),
  ])
  func `a site listens where its servers say`(text: String, addresses: [String]) throws {
    let site = try #require(load(server: text).site)
    #expect(site.listeners.map { "\($0.address.text)" } == addresses)
  }
}
