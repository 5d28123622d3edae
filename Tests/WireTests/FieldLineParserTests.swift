import Bytes
import Testing

@testable import Wire

@Suite struct FieldLineParserTests {
  /// What an upstream server may send.
  private let lenient = FieldLineParser(
    allowsUnderscores: true, ignoresInvalid: false, lineEnd: .any, skipsStatusLines: true)

  /// What a client may send.
  private let strict = FieldLineParser(
    allowsUnderscores: false, ignoresInvalid: true, lineEnd: .crlf, skipsStatusLines: false)

  private func summary(_ parser: FieldLineParser, _ text: String) -> String {
    let bytes = ByteString(text)
    let fields = Fields(buffer: buffer(text))
    let everything = FieldLineParser.Limits(lineBytes: 99, end: 99, lines: 99)
    let next = FieldLineParser.plainLines(
      bytes.bytes.span, from: 0, within: everything, into: fields)
    if next > 0 { return "\(fields.name(of: fields[0]))=\(fields.value(of: fields[0]))" }
    do throws(FieldLineParser.Malformed) {
      switch try parser.parse(bytes.bytes.span, from: 0, into: fields) {
      case .needsMore: return "more"
      case .field: return "\(fields.name(of: fields[0]))=\(fields.value(of: fields[0]))"
      case .ignored: return "ignored"
      case .endOfSection: return "end"
      }
    } catch {
      return "malformed after \(error.line.count)"
    }
  }

  @Test(arguments: [
    ("A: b\r\n", "A=b", "A=b"), ("A: b\n", "malformed after 4", "A=b"),
    ("A: b\r\r\n", "malformed after 5", "A=b"), ("\r\n", "end", "end"),
    ("\n", "malformed after 0", "end"), ("A_B: c\r\n", "ignored", "A_B=c"),
    ("HTTP/1.1 200 OK\r\n", "malformed after 8", "ignored"),
    (" A: b\r\n", "malformed after 0", "malformed after 0"),
    ("A : b\r\n", "malformed after 1", "malformed after 1"),
    ("A: b\0\r\n", "malformed after 4", "malformed after 4"), ("A: b", "more", "more"),
    ("Content-Type:  a b  \r\nX", "Content-Type=a b", "Content-Type=a b"),
    (
      "X-Long-Name-Of-24-Bytes-: c\r\nX", "X-Long-Name-Of-24-Bytes-=c", "X-Long-Name-Of-24-Bytes-=c"
    ),
    ("Content_Type: a b\r\nX", "ignored", "Content_Type=a b"),
    ("Content-T\u{E9}: a b\r\nXX", "ignored", "Content-T\u{E9}=a b"),
    ("Content-Type: a\tb\r\nXXXX", "Content-Type=a\tb", "Content-Type=a\tb"),
    ("Content-Type: a b\nXXXXXXX", "malformed after 17", "Content-Type=a b"),
    ("Content-Type : a\r\nXXXXXX", "malformed after 12", "malformed after 12"),
    (": value of a line\r\nXXXXXX", "malformed after 0", "malformed after 0"),
    ("A: b\r", "more", "more"), ("A", "more", "more"), ("", "more", "more"),
  ])
  func `clients are read strictly, upstream servers as nginx reads them`(
    text: String, fromClient: String, fromUpstream: String
  ) {
    #expect(summary(strict, text) == fromClient)
    #expect(summary(lenient, text) == fromUpstream)
  }

  @Test func `plain lines are read until one is not plain or goes beyond a limit`() {
    let text = "Host: a\r\nX-Forwarded-For: b c d\r\nAccept: a\r\nETag: c\r\n\r\n"
    func names(lineBytes: Int = 99, end: Int = 99, lines: Int = 99) -> [String] {
      let bytes = ByteString(text)
      let fields = Fields(buffer: buffer(text))
      let limits = FieldLineParser.Limits(lineBytes: lineBytes, end: end, lines: lines)
      let next = FieldLineParser.plainLines(
        bytes.bytes.span, from: 0, within: limits, into: fields)
      #expect(bytes.bytes[..<next].count { $0 == ASCII.lineFeed } == fields.count)
      return (0..<fields.count).map { fields.name(of: fields[$0]).string }
    }
    #expect(names() == ["Host", "X-Forwarded-For", "Accept", "ETag"])
    #expect(names(lineBytes: 23) == ["Host"])
    #expect(names(lineBytes: 24) == ["Host", "X-Forwarded-For", "Accept", "ETag"])
    #expect(names(end: 43) == ["Host", "X-Forwarded-For"])
    #expect(names(end: 44) == ["Host", "X-Forwarded-For", "Accept"])
    #expect(names(lines: 3) == ["Host", "X-Forwarded-For", "Accept"])
  }

  @Test(arguments: [
    "A:b\r\n\r\n", "A:  b\r\n\r\n", "A: b \r\n\r\n", "A: \r\n\r\n", "A:\r\n\r\n", "A: b\tc\r\n\r\n",
    "A: b\n\r\n\r\n", "A_B: c\r\n\r\n", ": b\r\n\r\n\r\n", "A : b\r\n\r\n", "A: bcdefgh\r",
    "A: bcdefgh", "Content\rLength: 1\r\n\r\n", "Content-Length", "\r\nA: b\r\n\r\n", "",
  ])
  func `other lines are left to be read byte by byte`(text: String) {
    let fields = Fields(buffer: buffer(text))
    let next = FieldLineParser.plainLines(
      ByteString(text).bytes.span, from: 0,
      within: FieldLineParser.Limits(lineBytes: 99, end: 99, lines: 99), into: fields)
    #expect(next == 0 && fields.count == 0)
  }
}
