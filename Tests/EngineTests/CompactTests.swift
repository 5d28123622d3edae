import Testing

@testable import Engine

@Suite struct CompactTests {
  private struct Example {
    @Compact var signed: Int?
    @Compact var unsigned: UInt64?
  }

  @Test func `a number is there or is not`() {
    var example = Example()
    #expect(example.signed == nil && example.unsigned == nil)
    for number in [0, -1, 200, .max] {
      example.signed = number
      #expect(example.signed == number)
    }
    for number in [0, 1, 1 << 63] as [UInt64] {
      example.unsigned = number
      #expect(example.unsigned == number)
    }
    example.signed = nil
    example.unsigned = nil
    #expect(example.signed == nil && example.unsigned == nil)
    #expect(MemoryLayout<Example>.size == 16)
  }
}
