import Bytes
import Testing

@Suite struct IdleStackTests {
  @Test func `the last value comes first`() {
    var stack = IdleStack<Int>()
    for value in 1...3 { stack.give(value) }
    #expect(stack.count == 3)
    #expect(stack.take() == 3)
    #expect(stack.take() == 2)
    stack.removeAll()
    #expect(stack.take() == nil)
  }

  @Test func `values that nobody has needed are surplus`() {
    var stack = IdleStack<Int>()
    for value in 1...10 { stack.give(value) }
    stack.releaseSurplus(but: 2)
    #expect(stack.count == 10)
    let taken = (0..<3).compactMap { _ in stack.take() }
    for value in taken.reversed() { stack.give(value) }
    stack.releaseSurplus(but: 2)
    #expect(stack.count == 5)
    #expect(stack.take() == 10)
    stack.releaseSurplus(but: 2)
    #expect(stack.count == 2)
  }
}
