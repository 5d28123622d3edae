import Testing

@testable import Engine

@Suite struct InheritedTests {
  private struct Group {
    @Inherited var values = [1]
  }

  @Test func `a block that changes its group leaves that of its parent alone`() {
    let parent = Group()
    var child = parent
    #expect(child.values == [1])
    child.values.append(2)
    #expect(parent.values == [1] && child.values == [1, 2])
  }
}
