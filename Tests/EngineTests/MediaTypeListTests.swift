import Bytes
import Testing

@testable import Engine

@Suite struct MediaTypeListTests {
  @Test func `types are compared without case and parameters`() {
    var list = MediaTypeList()
    let isNew = [list.insert("Text/CSS"), list.insert("text/html")]
    #expect(isNew == [true, false])
    #expect(list.contains("TEXT/css; charset=utf-8"))
    #expect(!list.contains("text/plain") && !list.contains(nil))
  }

  @Test func `a star is every type`() {
    var list = MediaTypeList()
    _ = list.insert("*")
    #expect(list.contains("any/thing") && list.contains(nil))
  }
}
