import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct StickyTests {
  private func balancer(_ servers: [UpstreamServer], _ method: BalancingMethod) -> Balancer {
    var routed = servers
    for index in routed.indices { routed[index].route = ByteString("r\(index)") }
    return Balancer(peers: Balancer.peers(routed), method: method, isSticky: true, seed: 1)
  }

  private func place(_ balancer: Balancer, wanting route: ByteString?) -> Int? {
    var search = balancer.search()
    search.wanted = route
    guard let peer = search.next(at: 1000) else { return nil }
    _ = search.finished(peer, failed: false, at: 1000)
    return peer.index
  }

  @Test func `the wanted server is asked whatever the method`() {
    for method in [BalancingMethod.roundRobin, .leastConnections, .addressHash, .random] {
      let balancer = balancer([.at(0), .at(1), .at(2)], method)
      for _ in 0..<6 { #expect(place(balancer, wanting: "r1") == 1) }
      #expect(place(balancer, wanting: "nobody") != nil)
    }
  }

  @Test func `new requests are shared evenly after sticky ones`() {
    let balancer = balancer([.at(0), .at(1), .at(2), .at(3)], .roundRobin)
    for _ in 0..<20 { #expect(place(balancer, wanting: "r0") == 0) }
    var counts = [0, 0, 0, 0]
    for _ in 0..<20 { if let place = place(balancer, wanting: nil) { counts[place] += 1 } }
    #expect(counts == [5, 5, 5, 5])
  }

  @Test func `a server that drains keeps those who want it and gets nobody else`() {
    var draining = UpstreamServer.at(0)
    (draining.isDown, draining.isDraining) = (true, true)
    for servers in [[draining, .at(1)], [draining]] {
      let balancer = balancer(servers, .roundRobin)
      #expect(place(balancer, wanting: "r0") == 0)
      #expect(place(balancer, wanting: nil) == (servers.count == 1 ? nil : 1))
    }
    let down = balancer([.at(0, isDown: true), .at(1)], .roundRobin)
    #expect(place(down, wanting: "r0") == 1)
  }

  @Test func `a server that has failed is not asked again, wanted or not`() {
    let balancer = balancer([.at(0), .at(1)], .roundRobin)
    var search = balancer.search()
    search.wanted = "r0"
    let first = search.next(at: 1000)
    #expect(first?.index == 0)
    if let first { _ = search.finished(first, failed: true, at: 1000) }
    #expect(search.next(at: 1000)?.index == 1)
  }

  @Test func `a peer without a route is known by the digest of its address`() {
    let peer = Balancer.peers([.at(0)])[0]
    #expect(StickySessions.identifier(of: peer) == "c69a4fd523c3ca0ca67cda2f009f1ea6")
  }

  @Test func `a zone forgets sessions that were not used, and the oldest where it is full`() {
    let zone = StickyZone(name: "z", byteCount: 256, timeout: 100)
    zone.note("a", isWith: "1", begins: false, at: 0)
    #expect(zone.server(of: "a", at: 0) == nil)
    zone.note("a", isWith: "1", begins: true, at: 0)
    #expect(zone.server(of: "a", at: 100) == "1")
    zone.note("a", isWith: "2", begins: false, at: 100)
    #expect(zone.server(of: "a", at: 200) == "2")
    #expect(zone.server(of: "a", at: 201) == nil)
    zone.note("b", isWith: "1", begins: true, at: 200)
    zone.note("c", isWith: "1", begins: true, at: 200)
    #expect(zone.server(of: "a", at: 200) == nil)
    // A loop whose time is a little behind that of the one which used the session.
    #expect(zone.server(of: "c", at: 199) == "1")
    zone.note("c", isWith: "1", begins: false, at: 199)
    zone.note("c", isWith: "1", begins: false, at: 200)
    let next = StickyZone(name: "z", byteCount: 256, timeout: 100, former: zone)
    #expect(next.server(of: "c", at: 200) == "1")
    let other = StickyZone(name: "z", byteCount: 512, timeout: 100, former: zone)
    #expect(other.server(of: "c", at: 200) == nil)
  }

  @Test(arguments: [
    ("sticky cookie id expires=1h path=/ domain=$host secure httponly samesite=Lax;", []),
    ("sticky route $cookie_a $arg_b;", []),
    ("sticky learn zone=z:1m lookup=$cookie_a create=$upstream_cookie_a timeout=1m header;", []),
    ("sticky cookie \"\";", ["\"sticky\" directive empty cookie name"]),
    ("sticky cookie a path=;", ["\"sticky\" directive no value for \"path\""]),
    ("sticky cookie a secure secure;", ["\"sticky\" directive parameter \"secure\" is duplicate"]),
    (
      "sticky cookie a samesite=no;", ["\"sticky\" directive invalid \"samesite\" parameter value"]
    ),
    ("sticky cookie a b;", ["unknown parameter \"b\""]),
    ("sticky route cookie;", ["invalid variable name \"cookie\""]),
    ("sticky wheel x;", ["unknown parameter \"wheel\""]),
    (
      "sticky learn zone=z:1m create=$uri;",
      ["\"sticky\" directive \"lookup\" parameter is not specified"]
    ),
    ("sticky learn zone=z:1k lookup=$uri;", ["\"sticky\" directive zone is too small"]),
    (
      "sticky cookie a; sticky cookie b;", ["\"sticky\" directive is duplicate"]
    ),
  ])
  func `mistakes have the sentences of nginx`(text: String, sentences: [String]) {
    let file = "events {} http { upstream u { server 127.0.0.1; \(text) } }"
    #expect(load(file: file).messages == sentences)
  }

  @Test func `the cookie tells what the configuration says`() throws {
    try withExchange("GET /?d=x.example HTTP/1.1\nHost: h", server: "set $d $arg_d;") { exchange in
      var cookie = StickyCookie(name: "id")
      #expect(cookie.text(naming: "r1", for: exchange) == "id=r1")
      cookie.lifetime = .longest
      cookie.domain = Template(constant: "x.example")
      (cookie.path, cookie.isSecure, cookie.isHTTPOnly) = ("/a", true, true)
      cookie.sameSite = Template(constant: "nonsense")
      #expect(
        cookie.text(naming: "r1", for: exchange).string == """
          id=r1; expires=Thu, 31-Dec-37 23:55:55 GMT; max-age=315360000; domain=x.example; \
          httponly; secure; samesite=strict; path=/a
          """)
      cookie = StickyCookie(name: "id", lifetime: .seconds(60))
      #expect(cookie.text(naming: "r1", for: exchange).hasSuffix(" GMT; max-age=60"))
    }
  }
}
