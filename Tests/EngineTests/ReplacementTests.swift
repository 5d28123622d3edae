import Bytes
import Config
import Sockets
import Testing

@testable import Engine

struct ReplacementTests {
  private func address(_ text: ByteString) throws -> SocketAddress {
    try #require(SocketAddress(text, defaultPort: 80))
  }

  @Test(
    arguments: [
      ("127.0.0.1:80", "127.0.0.1:80"),
      ("10.0.0.1:80", "0.0.0.0:80"),
      ("0.0.0.0:80", "0.0.0.0:80"),
      ("10.0.0.1:81", "none"),
      ("[::1]:80", "none"),
    ] as [(ByteString, String)])
  func `an address leads to its own listen point, or to the wildcard of its port`(
    text: ByteString, found: String
  ) throws {
    let site = try #require(load(server: "listen 80; listen 127.0.0.1:80;").site)
    let point = site.endpoint(for: try address(text))
    #expect((point?.address.text.string ?? "none") == found)
  }

  @Test func `an unchanged group keeps its peers, a changed one begins anew`() throws {
    func site(_ weight: Int, after predecessor: Site? = nil) throws -> Site {
      let text = "upstream u { server 127.0.0.1:1 weight=\(weight); } server { return 200; }"
      return try #require(load(http: text, replacing: predecessor).site)
    }
    let first = try site(1)
    let same = try site(1, after: first)
    let other = try site(2, after: same)
    let groups = try [first, same, other].map { try #require($0.upstreams["u"]) }
    #expect(groups[0].peers[0] === groups[1].peers[0])
    #expect(groups[0].poolSlot === groups[1].poolSlot)
    #expect(groups[0].peers[0] !== groups[2].peers[0])
    #expect(groups[0].poolSlot !== groups[2].poolSlot)
  }

  @Test func `a location owns its connections after a reload unless it would open others`() throws {
    func owners(_ text: String, after predecessor: Site? = nil) throws -> Site {
      try #require(
        load(
          http: "server { location / { proxy_pass http://127.0.0.1:1; \(text) } }",
          replacing: predecessor
        ).site)
    }
    let first = try owners("")
    let same = try owners("add_header X y;", after: first)
    let bound = try owners("proxy_bind 127.0.0.2;", after: same)
    func identities(_ site: Site) -> Set<ObjectIdentifier> {
      Set(site.connectionOwners.values.map { ObjectIdentifier($0) })
    }
    #expect(!identities(first).isEmpty)
    #expect(identities(same) == identities(first))
    #expect(identities(bound).isDisjoint(with: identities(first)))
  }

  @Test func `logs stay open where their paths stay`() throws {
    let first = try #require(load(http: "access_log /a; server { return 200; }").site)
    let second = try #require(
      load(http: "server { access_log /b; access_log /a; return 200; }", replacing: first).site)
    let (former, target) = (
      first.logFiles.first { $0.path == "/a" }, second.logFiles.first { $0.path == "/a" }
    )
    #expect(former != nil)
    #expect(former === target)
  }
}
