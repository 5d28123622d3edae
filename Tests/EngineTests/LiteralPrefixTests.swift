import Bytes
import Testing

@testable import Engine

@Suite struct LiteralPrefixTests {
  @Test(arguments: [
    ("^/files/t1/[a-z]+$", "/files/t1/"), ("^/a\\.b\\-c\\d", "/a.b-c"), ("^/a$", "/a"),
    ("^/ab*", "/a"), ("^/ab?", "/a"), ("^/ab+c", "/a"), ("^/ab{2}", "/a"), ("^a*", ""),
    ("^/a\\.?b", "/a"), ("/a", ""), ("\\.php$", ""), ("^", ""), ("^(/a)", ""),
    ("^/a(?i)b", "/"), ("^/a(?:b|c)|d", ""), ("^/a|/b", ""), ("^/a|^/b", ""), ("^/a(b|c)", "/a"),
    ("^/a[|]b", "/a"), ("^/a[[:alpha:](]|b", ""), ("^/a\\|b", "/a|b"), ("^/a\\Q|", ""),
    ("^/a\\Q|\\Eb", "/"), ("^/a(?x) # b | c", ""), ("^/a(?#|)", "/"), ("^/a\\", ""),
    ("^/a(?!b)", "/"), ("^/ab(?#x)?c$", "/a"), ("^/de\\E?f$", "/d"),
    ("^/gh\\Q\\E?i$", "/g"), ("^/jk(?#)*l$", "/j"), ("^/mn(?#x){0}o$", "/m"),
    ("(?m)^/a", ""), ("^\u{E9}+", "\u{C3}"),
  ])
  func `what an expression begins with is known where it says so plainly`(
    source: String, prefix: String
  ) {
    let pattern = try? Pattern(ByteString(source), ignoresCase: false)
    // The first byte of an encoded character stands alone.
    let expected = prefix == "\u{C3}" ? ByteString([0xC3]) : ByteString(prefix)
    #expect((pattern?.literalPrefix ?? "") == expected)
  }

  @Test func `an expression that ignores case begins with no text`() throws {
    #expect(try Pattern("^/a", ignoresCase: true).literalPrefix.isEmpty)
  }

  @Test(arguments: [
    ("", "", true), ("", "/a", true), ("/a", "/ab", true), ("/a", "/a", true), ("/a", "/b", false),
    ("/a", "/", false), ("/a", "", false), ("/abcdefg", "/abcdefgh", true),
    ("/abcdefg", "/abcdefG", false), ("/files/t12/", "/files/t12/a.json", true),
    ("/files/t12/", "/files/t12/", true), ("/files/t12/", "/files/t13/a", false),
    ("/files/t12/", "/files/t12", false),
  ])
  func `a subject may begin so or not`(prefix: String, subject: String, isPossible: Bool) {
    let prefix = LiteralPrefix(ByteString(prefix))
    #expect(prefix.mayBegin(ByteString(subject).bytes.span) == isPossible)
  }
}
