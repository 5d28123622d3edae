import Bytes
import Testing
import Wire

@testable import Engine

@Suite struct UpstreamResponseTests {
  private func fields(_ names: [ByteString]) -> Fields {
    let fields = Fields(buffer: ByteBuffer(capacity: 64))
    for name in names { fields.append(name, "x") }
    return fields
  }

  @Test(arguments: [
    ("Date", true), ("SERVER", true), ("X-Accel-Redirect", true), ("X-Pad", false),
    ("Set-Cookie", false), ("X-Secret", true), ("X-Secrets", false), ("content-length", true),
    ("Transfer-Encoding", true), ("Connection", true),
  ])
  func `fields are hidden unless they are to pass`(name: String, isHidden: Bool) {
    var settings = UpstreamSettings()
    settings.hiddenFields = ["x-secret", "x-pad"]
    settings.passedFields = ["x-pad"]
    let rules = ResponseFieldRules(settings: settings)
    let fields = fields([ByteString(name)])
    #expect(rules.isHidden(fields[0], of: fields) == isHidden)
  }

  @Test(arguments: [
    ("Content-Type", SpecialField.contentType), ("LOCATION", .location), ("Refresh", .refresh),
    ("Set-Cookie", .setCookie), ("Cookie", .none), ("Server", .server), ("Date", .date),
  ])
  func `some fields are not simply copied`(name: String, expected: SpecialField) {
    let fields = fields([ByteString(name)])
    #expect(SpecialField(fields[0].known) == expected)
  }

  @Test(
    arguments: [
      (500, NextUpstream.status500), (502, .status502), (503, .status503), (504, .status504),
      (403, .status403), (404, .status404), (429, .status429), (200, []), (501, []),
    ] as [(Int, NextUpstream)])
  func `some statuses are a reason to ask the next server`(status: Int, reason: NextUpstream) {
    #expect(NextUpstream.ofStatus(status) == reason)
    let word = ByteString("http_\(status)")
    #expect(NextUpstream.words[word] == (reason.isEmpty ? nil : reason))
  }

  @Test(
    arguments: [
      ("proxy_next_upstream error http_502;", NextUpstream([.error, .status502])),
      ("proxy_next_upstream off;", .off), ("", .standard),
      ("proxy_next_upstream timeout non_idempotent;", [.timeout, .nonIdempotent]),
      ("proxy_next_upstream timeout; proxy_next_upstream updating;", [.timeout, .updating]),
    ] as [(String, NextUpstream)])
  func `the words of the directive add up`(text: String, cases: NextUpstream) throws {
    try withExchange(server: text) {
      #expect($0.settings.proxy.upstream.nextUpstream == cases)
    }
  }
}
