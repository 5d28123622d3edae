import Bytes
import Testing

@testable import Wire

@Suite struct ByteScanTests {
  @Test(arguments: 0..<20)
  func `a byte is found at every place, whatever surrounds it`(place: Int) {
    for filler: UInt8 in [0x21, 0x61, 0x7F, 0x80, 0xFF] {
      var bytes = [UInt8](repeating: filler, count: 20)
      bytes[place] = 0x0A
      for start in 0...20 {
        let expected = start <= place ? place : 20
        #expect(ByteScan.firstIndex(of: 0x0A, in: bytes.span, from: start) == expected)
        #expect(ByteScan.firstIndex(below: 0x20, in: bytes.span, from: start) == expected)
      }
    }
  }

  @Test func `the first of several bytes is found`() {
    let bytes = Array("abcdefg,\u{1},ijklm,\n".utf8)
    #expect(ByteScan.firstIndex(of: 0x2C, in: bytes.span, from: 0) == 7)
    #expect(ByteScan.firstIndex(of: 0x2C, in: bytes.span, from: 8) == 9)
    #expect(ByteScan.firstIndex(below: 0x20, in: bytes.span, from: 0) == 8)
    #expect(ByteScan.firstIndex(below: 0x20, in: bytes.span, from: 9) == bytes.count - 1)
  }

  @Test func `the bound itself is not below the bound`() {
    let bytes = [UInt8](repeating: 0x20, count: 9)
    #expect(ByteScan.firstIndex(below: 0x20, in: bytes.span, from: 0) == 9)
    #expect(ByteScan.firstIndex(below: 0x21, in: bytes.span, from: 3) == 3)
  }
}
