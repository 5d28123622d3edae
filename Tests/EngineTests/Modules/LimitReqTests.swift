import Bytes
import Testing

@testable import Engine

@Suite struct LimitReqTests {
  private func zone(rate: Int) -> RequestRateZone {
    let zone = RequestRateZone(name: "z")
    zone.declare(key: Template(constant: "k"), keyText: "k", rate: rate, byteCount: 65_536)
    return zone
  }

  @Test func `requests beyond the rate and the burst are refused`() {
    let zone = zone(rate: 1000)
    #expect(zone.judge("k", now: 1000, burst: 1000) == .passed(excess: 0))
    #expect(zone.judge("k", now: 1000, burst: 1000) == .passed(excess: 1000))
    #expect(zone.judge("k", now: 1000, burst: 1000) == .refused(excess: 2000))
    #expect(zone.judge("other", now: 1000, burst: 0) == .passed(excess: 0))
  }

  @Test func `time drains the excess`() {
    let zone = zone(rate: 2000)
    #expect(zone.judge("k", now: 0, burst: 0) == .passed(excess: 0))
    #expect(zone.judge("k", now: 499, burst: 0) == .refused(excess: 2))
    #expect(zone.judge("k", now: 500, burst: 0) == .passed(excess: 0))
  }

  @Test func `a request that another zone refused is taken back`() {
    let zone = zone(rate: 1000)
    _ = zone.judge("k", now: 0, burst: 2000)
    _ = zone.judge("k", now: 0, burst: 2000)
    zone.takeBack("k")
    #expect(zone.judge("k", now: 0, burst: 2000) == .passed(excess: 1000))
  }

  @Test(arguments: [("10r/s", 10_000), ("30r/m", 500), ("10", nil), ("0r/s", nil), ("r/s", nil)])
  func `rates are for each second or minute`(text: String, thousandths: Int?) {
    #expect(RequestRate.perSecond(ByteString(text)) == thousandths)
  }

  @Test func `a zone may be used wherever its directive stands`() throws {
    let text = """
      limit_req_zone $uri zone=z:1m rate=1r/m;
      server { limit_req zone=z; limit_req_status 429;
        location / { try_files /none @named; } location @named { limit_req zone=z; } }
      """
    #expect(load(http: text).messages == [])
  }

  @Test(arguments: [
    ("limit_req zone=z;", #"zero size shared memory zone "z""#),
    ("limit_req_zone $uri zone=z:1 rate=1r/s;", #"zone "zone=z:1" is too small"#),
    ("limit_req_zone $uri zone=z:1m rate=1;", #"invalid rate "rate=1""#),
    ("limit_req_zone $uri rate=1r/s burst=1;", #"invalid parameter "burst=1""#),
    ("limit_req_status 200;", "value must be between 400 and 599"),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(http: text).messages == [message])
  }
}
