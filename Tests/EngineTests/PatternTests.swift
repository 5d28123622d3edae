import Bytes
import Testing

@testable import Engine

@Suite struct PatternTests {
  @Test(arguments: [
    ("\\.php$", "/a.php", false, true), ("\\.php$", "/a.PHP", false, false),
    ("\\.php$", "/a.PHP", true, true), ("^/a", "/b/a", false, false), (".", "", false, false),
    ("^$", "", false, true), ("a\\x00b", "a\0b", false, true),
  ])
  func `a subject matches or not`(
    source: String, subject: String, ignoresCase: Bool, matches: Bool
  ) throws {
    let pattern = try Pattern(ByteString(source), ignoresCase: ignoresCase)
    let memory = MatchMemory()
    #expect(pattern.matches(ByteString(subject), in: memory) == matches)
    #expect((pattern.match(ByteString(subject), in: memory) != nil) == matches)
  }

  @Test func `a subject that is no UTF-8 matches no expression that asks for it`() throws {
    let pattern = try Pattern("(*UTF).", ignoresCase: false)
    #expect(pattern.matches("é", in: MatchMemory()))
    #expect(!pattern.matches(ByteString([0xC3]), in: MatchMemory()))
  }

  @Test func `an expression without machine code matches all the same`() throws {
    let pattern = try Pattern("(*NO_JIT)^/a", ignoresCase: false)
    #expect(pattern.matches("/ab", in: MatchMemory()) && !pattern.matches("/b", in: MatchMemory()))
  }

  @Test func `groups have numbers, and those that took no part have no text`() throws {
    let pattern = try Pattern("^(a)|(?<word>b+)(c)?$", ignoresCase: false)
    let captures = try #require(pattern.match("xbb", in: MatchMemory()))
    #expect(pattern.captureCount == 3)
    #expect(pattern.names.map(\.name) == ["word"] && pattern.names.map(\.number) == [2])
    #expect(captures[0] == "bb" && captures[1] == nil && captures[2] == "bb")
    #expect(captures[3] == nil && captures[9] == nil)
    #expect(captures.range(of: 2) == 1..<3)
  }

  @Test(arguments: [("(", 1), ("a[", 2), ("*", 0)])
  func `an error has its place`(source: String, offset: Int) {
    let error = #expect(throws: Pattern.CompileError.self) {
      try Pattern(ByteString(source), ignoresCase: false)
    }
    #expect(error?.offset == offset)
    #expect(error?.message.isEmpty == false)
  }

  @Test func `a match that would take for ever is none`() throws {
    let pattern = try Pattern("^(a+)+$", ignoresCase: false)
    let subject = ByteString([UInt8](repeating: 0x61, count: 40) + [0x62])
    #expect(pattern.match(subject, in: MatchMemory()) == nil)
  }
}
