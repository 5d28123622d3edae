import Bytes
import Testing

@testable import Engine

@Suite struct RangeSelectionTests {
  @Test func `one part is cut out of the pieces that it spans`() {
    let selection = RangeSelection(3..<8)
    #expect(selection.byteCount == 5)
    #expect(selection.pieces(ofNext: 2) == [])
    #expect(selection.pieces(ofNext: 4) == [.body(1..<4)])
    #expect(selection.pieces(ofNext: 4) == [.body(0..<2)])
    #expect(selection.pieces(ofNext: 4) == [])
  }

  @Test func `several parts have heads and an end, and keep their order`() {
    let selection = RangeSelection([5..<6, 0..<2], of: 9, type: "a/b", boundary: "X")
    let pieces = selection.pieces(ofNext: 9)
    #expect(
      pieces == [
        .text("\r\n--X\r\nContent-Type: a/b\r\nContent-Range: bytes 5-5/9\r\n\r\n"),
        .body(5..<6),
        .text("\r\n--X\r\nContent-Type: a/b\r\nContent-Range: bytes 0-1/9\r\n\r\n"),
        .body(0..<2),
        .text("\r\n--X--\r\n"),
      ])
    let count = pieces.reduce(0) {
      switch $1 {
      case .text(let text): $0 + text.count
      case .body(let range): $0 + range.count
      }
    }
    #expect(count == selection.byteCount)
  }
}

@Suite struct PathMediaTypeTests {
  @Test(arguments: [
    ("/a.html", "html"), ("/a.tar.gz", "gz"), ("/a", nil), ("/.hidden", nil), ("/a.b/c", nil),
    ("/a.", nil), ("/", nil), ("/a/.x.y", "y"),
  ])
  func `the extension is what follows the last dot of the last segment`(
    path: String, name: String?
  ) {
    let path = ByteString(path)
    #expect(path.fileExtension.map { path[$0].string } == name)
  }
}
