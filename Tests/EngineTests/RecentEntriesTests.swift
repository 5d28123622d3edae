import Bytes
import Testing

@testable import Engine

@Suite struct RecentEntriesTests {
  @Test func `the entry that was not used for longest goes first`() {
    var entries = RecentEntries<Int>(capacity: 2)
    entries["a"] = 1
    entries["b"] = 2
    entries["a"] = 3
    entries["c"] = 4
    #expect(entries["a"] == 3 && entries["b"] == nil && entries["c"] == 4)
    #expect(entries.count == 2)
    entries["d"] = 5
    #expect(entries["a"] == nil && entries["c"] == 4 && entries["d"] == 5)
  }

  @Test func `a table of one entry keeps the last`() {
    var entries = RecentEntries<Int>(capacity: 0)
    entries["a"] = 1
    entries["b"] = 2
    #expect(entries["a"] == nil && entries["b"] == 2)
  }
}
