import Bytes
import Testing

@Suite struct ByteStringTests {
  @Test func `text is compared by bytes, not as Unicode`() {
    #expect(ByteString("\u{E9}") != ByteString("e\u{301}"))
    #expect(ByteString("\u{E9}").count == 2)
  }

  @Test(
    arguments: [
      ("", nil), ("0", 0), ("007", 7), ("9223372036854775807", .max), ("9223372036854775808", nil),
      ("-1", nil), ("+1", nil), ("1 ", nil), ("1a", nil), ("99999999999999999999", nil),
    ] as [(ByteString, Int?)])
  func `a number is digits only and must fit`(text: ByteString, number: Int?) {
    #expect(text.decimalNumber == number)
  }

  @Test(arguments: [0, 7, -7, Int.max, Int.min])
  func `a number is written in decimal`(number: Int) {
    #expect(ByteString(decimal: number).string == "\(number)")
  }

  @Test(
    arguments: [
      ("abc", "ab", true, false), ("abc", "bc", false, true), ("abc", "abc", true, true),
      ("abc", "", true, true), ("a", "abc", false, false), ("", "", true, true),
    ] as [(ByteString, ByteString, Bool, Bool)])
  func `a string begins and ends with others`(
    text: ByteString, part: ByteString, isPrefix: Bool, isSuffix: Bool
  ) {
    #expect(text.hasPrefix(part) == isPrefix)
    #expect(text.hasSuffix(part) == isSuffix)
  }

  @Test(
    arguments: [
      ("Host", "hOST", true), ("a@", "A`", false), ("[", "{", false), ("a", "ab", false),
      ("\u{C9}", "\u{E9}", false),
    ] as [(ByteString, ByteString, Bool)])
  func `only the case of ASCII letters can be ignored`(
    left: ByteString, right: ByteString, isEqual: Bool
  ) {
    #expect(left.equalsIgnoringCase(right) == isEqual)
    #expect((left.lowercased == right.lowercased) == isEqual)
  }

  @Test(
    arguments: [
      ("a;b", ["a", "b"]), (";a;", ["", "a", ""]), ("", [""]), ("abc", ["abc"]),
    ] as [(ByteString, [ByteString])])
  func `splitting keeps empty parts`(text: ByteString, parts: [ByteString]) {
    #expect(text.split(on: UInt8(ascii: ";")) == parts)
  }

  @Test func `parts are taken by index`() {
    let text: ByteString = "/index.php"
    #expect(text[1..<6] == "index")
    #expect(text.dropFirst(7) == "php")
    #expect(text.dropFirst(99).isEmpty)
    #expect(text.firstIndex(of: UInt8(ascii: ".")) == 6)
    #expect(text.firstIndex(of: UInt8(ascii: "?")) == nil)
  }

  @Test func `strings grow at the end`() {
    var text: ByteString = "a"
    text.append("bc" as ByteString)
    text.append(UInt8(ascii: "d"))
    #expect(text + "e" == "abcde")
  }

  @Test func `strings are ordered by bytes`() {
    let unordered: [ByteString] = ["b", "a", "\u{E9}", "", "B", "aa"]
    #expect(unordered.sorted() == ["", "B", "a", "aa", "b", "\u{E9}"])
  }

  @Test func `what is no UTF-8 is shown as replacement characters`() {
    #expect(ByteString([0x61, 0xFF]).string == "a\u{FFFD}")
  }
}
