import Bytes
import Testing

@testable import Wire

@Suite struct ByteScanTests {
  private func first(_ byte: UInt8, in bytes: [UInt8], from start: Int) -> Int {
    ByteScan.firstIndex(of: byte, in: bytes.span, from: start)
  }

  private func first(below bound: UInt8, in bytes: [UInt8], from start: Int) -> Int {
    ByteScan.firstIndex(below: bound, in: bytes.span, from: start)
  }

  @Test(arguments: 0..<20)
  func `a byte is found at every place, whatever surrounds it`(place: Int) {
    for filler: UInt8 in [0x21, 0x61, 0x7F, 0x80, 0xFF] {
      var bytes = [UInt8](repeating: filler, count: 20)
      bytes[place] = 0x0A
      for start in 0...20 {
        let expected = start <= place ? place : 20
        #expect(first(0x0A, in: bytes, from: start) == expected)
        #expect(first(below: 0x20, in: bytes, from: start) == expected)
      }
    }
  }

  @Test func `the first of several bytes is found`() {
    let bytes = Array("abcdefg,\u{1},ijklm,\n".utf8)
    #expect(first(0x2C, in: bytes, from: 0) == 7)
    #expect(first(0x2C, in: bytes, from: 8) == 9)
    #expect(first(below: 0x20, in: bytes, from: 0) == 8)
    #expect(first(below: 0x20, in: bytes, from: 9) == bytes.count - 1)
  }

  @Test func `the bound itself is not below the bound`() {
    let bytes = [UInt8](repeating: 0x20, count: 9)
    #expect(first(below: 0x20, in: bytes, from: 0) == 9)
    #expect(first(below: 0x21, in: bytes, from: 3) == 3)
  }

  @Test(arguments: [0x20, 0x00, 0x1F, 0x7F] as [UInt8], 0..<20)
  func `what is not visible is found at every place`(byte: UInt8, place: Int) {
    for filler: UInt8 in [0x21, 0x7E, 0x80, 0xFF] {
      var bytes = [UInt8](repeating: filler, count: 20)
      #expect(ByteScan.firstIndexOfInvisible(in: bytes.span, from: place) == 20)
      bytes[place] = byte
      for start in 0...20 {
        let found = ByteScan.firstIndexOfInvisible(in: bytes.span, from: start)
        #expect(found == (start <= place ? place : 20))
      }
    }
  }
}
