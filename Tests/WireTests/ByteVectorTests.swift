import Bytes
import Testing

@testable import Wire

@Suite struct ByteVectorTests {
  private let bytes = (0..<40).map { UInt8(0x41 + $0) }

  @Test(arguments: 0..<40) func `a byte is found at every place`(place: Int) {
    for index in max(0, place - 20)...place {
      let isWhole = index + ByteVector.count <= bytes.count
      let vector =
        isWhole
        ? ByteVector(bytes.span, wholeAt: index) : ByteVector(bytes.span, lastFrom: index)
      let expected = place - index < ByteVector.count ? place - index : nil
      #expect(vector.places(of: bytes[place]).first == expected)
      #expect(ByteVector(bytes.span, at: index).places(of: bytes[place]).first == expected)
    }
  }

  @Test(arguments: 0..<20) func `zeros stand behind the end`(count: Int) {
    let bytes = self.bytes[..<count]
    for index in max(0, count - 15)..<count + 3 {
      let vector = ByteVector(bytes.span, lastFrom: index)
      #expect(vector.places(of: 0).first == max(0, count - index))
      #expect(vector.firstWord == bytes.span.bytes.word(at: index))
    }
  }

  @Test func `bytes above 0x7F are above every bound`() {
    let bytes: [UInt8] = [0xFF, 0x80, 0x7F, 0x20, 0x1F] + Array(repeating: 0x30, count: 11)
    let vector = ByteVector(bytes.span, wholeAt: 0)
    #expect(vector.places(below: 0x20).first == 4)
    #expect(vector.places(below: 0x21).first == 3)
    #expect(vector.places(below: 0x80).first == 2)
    #expect(vector.places(below: 0x01).first == nil)
  }

  @Test func `the first of several places counts`() {
    let vector = ByteVector(bytes.span, wholeAt: 0)
    let (second, last) = (vector.places(of: 0x42), vector.places(of: 0x50))
    #expect((second | last).first == 1)
    #expect((last | second).first == 1)
    #expect((second & last).first == nil)
    #expect((vector.places(below: 0x60) & last).first == 15)
  }
}
