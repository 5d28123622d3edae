import Testing

@testable import Engine

@Suite struct InheritedTests {
  private struct Group {
    var values = [1]
    var name = "a"
  }

  @Test func `a block that changes its group leaves that of its parent alone`() {
    let parent = Inherited(Group())
    var child = parent
    #expect(child.values == [1])
    child.values.append(2)
    child.value.name = "b"
    #expect(parent.values == [1] && parent.name == "a")
    #expect(child.values == [1, 2] && child.name == "b")
  }

  @Test func `what was handed on stays, whichever block changes next`() {
    var parent = Inherited(Group())
    parent.values.append(2)
    let first = parent
    parent.values.append(3)
    var second = first
    second.values.removeAll()
    #expect(first.values == [1, 2])
    #expect(parent.values == [1, 2, 3])
    #expect(second.values == [] && second.name == "a")
  }

  @Test func `a list grows in its place`() {
    var group = Inherited(Group())
    group.values.reserveCapacity(64)
    let address = group.values.withUnsafeBufferPointer { $0.baseAddress }
    for number in 0..<32 { group.values.append(number) }
    #expect(group.values.withUnsafeBufferPointer { $0.baseAddress } == address)
  }
}
