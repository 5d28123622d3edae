import Bytes
import Testing

@testable import Wire

@Suite struct HTTPDateTests {
  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
    ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777), ("Sun Nov  6 08:49:37 1994", 784_111_777),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
    ("Sun Nov 16 08:49:37 1994", 784_975_777), ("Tue, 01-Jan-69 00:00:00 GMT", 3_124_224_000),
  ])
  func `the three forms are read`(text: String, seconds: Int) {
    #expect(HTTPDate.parse(ByteString(text)) == seconds)
  }

  @Test(arguments: [
    "", "0", "Sun", "Sun, 31 Feb 1994 08:49:37 GMT", "Thu, 29 Feb 2023 00:00:00 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT", "Sun ", "Sun, ",
  ])
  func `what is no date is refused`(text: String) {
    #expect(HTTPDate.parse(ByteString(text)) == nil)
  }

  @Test func `each day is written and read back`() {
    for day in stride(from: 0, to: 60_000, by: 17) {
      let seconds = day * 86_400 + 45_296
      #expect(HTTPDate.parse(HTTPDate.format(seconds)) == seconds)
    }
    #expect(HTTPDate.format(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
  }
}
