import Bytes
import Config
import Sockets
import Testing

@testable import Engine

/// Files of a test; there are none but the main one.
private struct OneFile: FileReader {
  let text: String

  func bytes(of path: String) throws(ReadError) -> ByteString { ByteString(text) }
  func paths(matching pattern: String) throws(ReadError) -> [String] { [] }
}

@Suite struct UpstreamBlockTests {
  private func load(_ upstream: String) -> LoadResult<Site> {
    let text = "events {}\nhttp { \(upstream) }"
    let configuration = ConfigurationFiles.read(
      mainFile: "/etc/apus/main.conf", folder: "/etc/apus", globalText: nil,
      reader: OneFile(text: text))
    return loadAndCheck(
      configuration,
      LoadOptions(prefix: "/etc/apus/", configurationFolder: "/etc/apus/"))
  }

  @Test func `a block becomes a group of peers, backup peers last`() throws {
    let result = load(
      """
      upstream Back {
        server 127.0.0.1:8001 backup;
        server 127.0.0.1:8002 weight=3 max_fails=2 fail_timeout=1m max_conns=7;
        server unix:/run/app.sock down;
        keepalive 4;
      }
      """)
    let upstream = try #require(result.site?.upstreams["back"])
    #expect(upstream.name == "Back")
    #expect(
      upstream.peers.map(\.name) == ["127.0.0.1:8002", "unix:/run/app.sock", "127.0.0.1:8001"])
    let peer = try #require(upstream.peers.first)
    #expect([peer.weight, peer.maxFails, peer.failTimeout, peer.maxConnections] == [3, 2, 60, 7])
    #expect(upstream.peers[1].isDown)
    #expect(upstream.keepalive?.maximumIdle == 4)
    #expect(upstream.keepalive?.isLocal == false)
  }

  @Test func `idle connections are kept by default, each for its location`() throws {
    let upstream = try #require(
      load("upstream u { server 127.0.0.1; }").site?.upstreams["u"])
    #expect(upstream.keepalive == KeepaliveSettings())
    #expect(
      load("upstream u { server 127.0.0.1; keepalive 0; }").site?.upstreams["u"]?.keepalive == nil)
  }

  @Test(arguments: [
    ("upstream u { }", "no servers are inside upstream"),
    ("upstream u { server a b; }", #"invalid parameter "b""#),
    ("upstream u { server 127.0.0.1 weight=0; }", #"invalid parameter "weight=0""#),
    ("upstream u { server 127.0.0.1:0; }", #"invalid port in upstream "127.0.0.1:0""#),
    ("upstream u { server 127.0.0.1 backup; }", #"no servers in upstream "u""#),
    (
      "upstream u { ip_hash; server 127.0.0.1; server 127.0.0.2 backup; }",
      #"balancing method does not support parameter "backup""#
    ),
    (
      "upstream u { server 127.0.0.1; keepalive x; }",
      #"invalid value "x" in "keepalive" directive"#
    ),
    ("upstream u { server 127.0.0.1; random three; }", #"invalid parameter "three""#),
    ("upstream u { server 127.0.0.1; zone z 1k; }", #"zone "z" is too small"#),
    (
      "upstream u { server 127.0.0.1; } upstream U { server 127.0.0.1; }",
      #"duplicate upstream "U""#
    ),
    ("upstream u { server 127.0.0.1; ip_hash; least_conn; }", "load balancing method redefined"),
    (
      "upstream u { server no.such.name.invalid; }",
      #"host not found in upstream "no.such.name.invalid""#
    ),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(text).diagnostics.map(\.message) == [message])
  }

  @Test func `a zone without a size needs another group that gives it one`() {
    func found(_ zones: [String]) -> [String] {
      let groups = zones.enumerated().map { "upstream u\($0) { server 127.0.0.1; \($1) }" }
      return load(groups.joined(separator: " ")).messages
    }
    #expect(found(["zone a;"]) == ["zero size shared memory zone \"a\""])
    #expect(found(["zone a;", "zone a 64k;"]) == [])
  }
}
