import Bytes
import Testing

@testable import Engine

@Suite struct LimitConnTests {
  @Test func `as many requests are under way as the limit says`() {
    let zone = ConnectionZone(name: "z")
    zone.declare(key: Template(constant: "k"), keyText: "k", byteCount: 65_536)
    #expect(zone.begin("k", maximum: 2))
    #expect(zone.begin("k", maximum: 2))
    #expect(!zone.begin("k", maximum: 2))
    zone.end("k")
    #expect(zone.begin("k", maximum: 2))
  }

  @Test func `a zone may be used wherever its directive stands`() throws {
    let server = """
      limit_conn_zone $server_name zone=z:1m;
      server { limit_conn z 1; limit_conn_status 429; return 204; location / { } }
      """
    #expect(load(http: server).messages == [])
  }

  @Test(arguments: [
    ("limit_conn z 1;", #"zero size shared memory zone "z""#),
    ("limit_conn_zone $uri zone=z:1m; limit_conn z 0;", #"invalid number of connections "0""#),
    ("limit_conn_zone $uri zone=z:1m; limit_conn z 70000;", "connection limit must be less 65536"),
    ("limit_conn_zone $uri z:1m;", #"invalid parameter "z:1m""#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(http: text).messages == [message])
  }
}
