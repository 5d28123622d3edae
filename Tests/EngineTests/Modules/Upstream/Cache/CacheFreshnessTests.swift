import Bytes
import Testing
import Wire

@testable import Engine

@Suite struct CacheFreshnessTests {
  /// What the lines of a head say at second 1000.
  private func freshness(
    _ lines: String..., ignoring ignored: IgnoredFields = []
  ) throws -> CacheFreshness {
    let buffer = ByteBuffer(capacity: 256)
    buffer.append(ByteString("HTTP/1.1 200 OK\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"))
    var parser = ResponseHeadParser(maximumBytes: 4096)
    let head = try #require(try parser.parse(Fields(buffer: buffer)))
    return CacheFreshness(of: head.fields, now: 1000, ignoring: ignored)
  }

  @Test(arguments: [
    ("Cache-Control: max-age=60", 1060), ("Cache-Control: public, MAX-AGE=60, x", 1060),
    ("Cache-Control: max-age=60, s-maxage=9", 1009), ("X-Accel-Expires: 60", 1060),
    ("X-Accel-Expires: @60", 60), ("Expires: Thu, 01 Jan 1970 00:20:00 GMT", 1200),
    ("Cache-Control: max-age=99999999999999999999", Int.max), ("X-A: b", 0),
    ("Cache-Control: public", 0), ("X-Accel-Expires: x", 0),
  ])
  func `a field says until when`(line: String, until: Int) throws {
    let result = try freshness(line)
    #expect(result.isCacheable && result.validUntil == until)
  }

  @Test(arguments: [
    "Cache-Control: no-cache", "Cache-Control: No-Store", "Cache-Control: private=\"x\"",
    "Cache-Control: max-age=0", "Cache-Control: max-age=-1", "X-Accel-Expires: 0",
    "Expires: 0", "Expires: Thu, 01 Jan 1970 00:00:01 GMT", "Set-Cookie: a=b", "Vary: *",
    "Vary: Accept, *", "Cache-Control: max-age=9, stale-if-error=x",
  ])
  func `a field forbids to keep the response`(line: String) throws {
    #expect(try !freshness(line).isCacheable)
  }

  @Test func `one field counts more than another, whatever their order`() throws {
    let accel = "X-Accel-Expires: 60"
    let control = "Cache-Control: no-cache"
    let expires = "Expires: Thu, 01 Jan 1970 00:00:01 GMT"
    for result in try [
      freshness(accel, control, expires), freshness(expires, control, accel),
      freshness("Cache-Control: max-age=60", expires),
      freshness(expires, "Cache-Control: max-age=60"),
    ] {
      #expect(result.isCacheable && result.validUntil == 1060)
    }
  }

  @Test func `spans of staleness are read, also behind X-Accel-Expires`() throws {
    let both = try freshness("Cache-Control: max-age=1, stale-while-revalidate=5, stale-if-error=7")
    #expect(both.updatingSeconds == 5 && both.errorSeconds == 7)
    let one = try freshness("X-Accel-Expires: 9", "Cache-Control: stale-while-revalidate=5")
    #expect(one.updatingSeconds == 5 && one.errorSeconds == 5 && one.validUntil == 1009)
  }

  @Test func `ignored fields have no say`() throws {
    let result = try freshness(
      "Cache-Control: no-store", "Set-Cookie: a", "Vary: *", "X-Accel-Expires: 5",
      ignoring: [.cacheControl, .setCookie, .vary])
    #expect(result.isCacheable && result.vary.isEmpty && result.validUntil == 1005)
  }

  @Test func `lines of Vary are joined, and too long ones keep the response out`() throws {
    #expect(try freshness("Vary: A", "Vary: b").vary == "A, b")
    #expect(try !freshness("Vary: " + String(repeating: "a", count: 129)).isCacheable)
  }
}
