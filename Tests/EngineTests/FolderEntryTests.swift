import Bytes
import Testing

@testable import Engine

@Suite struct FolderEntryTests {
  @Test func `a folder has files and folders, and none that are hidden`() throws {
    try withFolder { folder in
      let names = try FolderEntry.all(of: ByteString(folder)).get().map(\.name.string)
      #expect(names.sorted() == ["a&b.txt", "sub"])
    }
  }

  @Test func `a folder that is missing is said to be`() throws {
    #expect(throws: (any Error).self) { try FolderEntry.all(of: "/nowhere/at/all").get() }
  }
}
