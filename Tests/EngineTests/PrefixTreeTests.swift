import Bytes
import Testing

@testable import Engine

@Suite struct PrefixTreeTests {
  /// The place of a prefix in a list.
  private final class Number: Sendable {
    let value: Int
    init(_ value: Int) { self.value = value }
  }

  private struct Match: Equatable {
    var prefix: Int?
    var folder: Int?
  }

  private func tree(of prefixes: [ByteString]) -> PrefixTree<Number> {
    PrefixTree(prefixes.enumerated().map { ($1, Number($0)) })
  }

  private func match(_ path: ByteString, in tree: PrefixTree<Number>) -> Match {
    withExtendedLifetime(tree) {
      let match = tree.match(path)
      return Match(prefix: match.prefix?.value, folder: match.folder?.value)
    }
  }

  private func match(_ path: ByteString, in prefixes: [ByteString]) -> Match {
    match(path, in: tree(of: prefixes))
  }

  @Test(
    arguments: [
      ("/", nil, nil), ("/a", 5, nil), ("/ab", 2, nil), ("/abc", 3, nil), ("/abd", 2, nil),
      ("/ab/", 6, nil), ("/abcd/e", 0, nil), ("/b", 1, nil), ("/bc", 1, nil), ("/bcd", 4, nil),
      ("/c", nil, nil), ("", nil, nil), ("/abcde/f", 0, 7), ("/b/c", 1, 8),
    ] as [(ByteString, Int?, Int?)])
  func `the longest prefix is found, and the one with one more slash where no other is the path`(
    path: ByteString, prefix: Int?, folder: Int?
  ) {
    let prefixes: [ByteString] = [
      "/abcd", "/b", "/ab", "/abc", "/bcd", "/a", "/ab/", "/abcde/f/", "/b/c/",
    ]
    #expect(match(path, in: prefixes) == Match(prefix: prefix, folder: folder))
  }

  @Test func `an empty prefix is one of every path`() {
    #expect(match("/x", in: ["", "/y"]).prefix == 0)
    #expect(match("", in: [""]).prefix == 0)
  }

  @Test func `there may be no prefix at all`() {
    #expect(match("/x", in: []) == Match())
  }

  @Test func `of equal prefixes the last one counts`() {
    #expect(match("/x", in: ["/x", "/x"]).prefix == 1)
  }

  @Test func `each of many prefixes is found`() {
    let prefixes = (0..<3000).map { ByteString("/api/v\($0 % 5)/service\($0)/") }
    let tree = tree(of: prefixes)
    for (number, prefix) in prefixes.enumerated() {
      #expect(match(prefix + "x", in: tree).prefix == number)
      #expect(match(prefix[0..<prefix.count - 1], in: tree).folder == number)
    }
  }

  @Test func `long prefixes are compared to their ends`() {
    let prefixes: [ByteString] = ["/a/long/prefix/of/many/bytes/", "/a/long/prefix/of/many/Bytes/"]
    let tree = tree(of: prefixes)
    for (number, prefix) in prefixes.enumerated() {
      for count in 0..<prefix.count {
        let folder = count == prefix.count - 1 ? number : nil
        #expect(match(prefix[0..<count], in: tree) == Match(prefix: nil, folder: folder))
        var other = prefix
        other.bytes[count] ^= 0x80
        #expect(match(other, in: tree).prefix == nil)
      }
      #expect(match(prefix, in: tree).prefix == number)
    }
  }

  @Test func `a byte of zero is none of those behind the end`() {
    #expect(match("/a", in: ["/a\0", "/a\0/"]) == Match())
    #expect(match("/a\0", in: ["/a\0"]).prefix == 0)
  }
}
