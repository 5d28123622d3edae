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
}
