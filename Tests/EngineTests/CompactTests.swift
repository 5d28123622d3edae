import Testing

@testable import Engine

@Suite struct CompactTests {
  private struct Example {
    @Compact var number: Int?
  }

  @Test func `a number is there or is not`() {
    var example = Example()
    #expect(example.number == nil)
    for number in [0, -1, 200, .min] {
      example.number = number
      #expect(example.number == number)
    }
    example.number = nil
    #expect(example.number == nil)
    #expect(MemoryLayout<Example>.size == MemoryLayout<Int>.size)
  }
}
