import Bytes
import Testing

@testable import Engine

@Suite struct PrefixTreeTests {
  private func match(_ path: ByteString, in prefixes: [ByteString]) -> PrefixTree.Match {
    PrefixTree(prefixes).match(path)
  }

  @Test(
    arguments: [
      ("/", nil, nil), ("/a", 5, nil), ("/ab", 2, 6), ("/abc", 3, nil), ("/abd", 2, nil),
      ("/ab/", 6, nil), ("/abcd/e", 0, nil), ("/b", 1, nil), ("/bc", 1, nil), ("/bcd", 4, nil),
      ("/c", nil, nil), ("", nil, nil), ("/abcde/f", 0, 7),
    ] as [(ByteString, Int?, Int?)])
  func `the longest prefix is found, and the one with one more slash`(
    path: ByteString, prefix: Int?, folder: Int?
  ) {
    let prefixes: [ByteString] = [
      "/abcd", "/b", "/ab", "/abc", "/bcd", "/a", "/ab/", "/abcde/f/",
    ]
    #expect(match(path, in: prefixes) == PrefixTree.Match(prefix: prefix, folder: folder))
  }

  @Test func `an empty prefix is one of every path`() {
    #expect(match("/x", in: ["", "/y"]).prefix == 0)
    #expect(match("", in: [""]).prefix == 0)
  }

  @Test func `there may be no prefix at all`() {
    #expect(match("/x", in: []) == PrefixTree.Match())
  }

  @Test func `of equal prefixes the last one counts`() {
    #expect(match("/x", in: ["/x", "/x"]).prefix == 1)
  }

  @Test func `each of many prefixes is found`() {
    let prefixes = (0..<3000).map { ByteString("/api/v\($0 % 5)/service\($0)/") }
    let tree = PrefixTree(prefixes)
    for (number, prefix) in prefixes.enumerated() {
      #expect(tree.match(prefix + "x").prefix == number)
      #expect(tree.match(prefix[0..<prefix.count - 1]).folder == number)
    }
  }

  @Test func `long prefixes are compared to their ends`() {
    let prefixes: [ByteString] = ["/a/long/prefix/of/many/bytes/", "/a/long/prefix/of/many/Bytes/"]
    let tree = PrefixTree(prefixes)
    for (number, prefix) in prefixes.enumerated() {
      for count in 0..<prefix.count {
        let folder = count == prefix.count - 1 ? number : nil
        #expect(tree.match(prefix[0..<count]) == PrefixTree.Match(prefix: nil, folder: folder))
        var other = prefix
        other.bytes[count] ^= 0x80
        #expect(tree.match(other).prefix == nil)
      }
      #expect(tree.match(prefix).prefix == number)
    }
  }

  @Test func `a byte of zero is none of those behind the end`() {
    #expect(match("/a", in: ["/a\0", "/a\0/"]) == PrefixTree.Match())
    #expect(match("/a\0", in: ["/a\0"]).prefix == 0)
  }
}
