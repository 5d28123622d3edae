import Bytes
import Foundation
import Testing

@testable import Engine

@Suite struct FileFactsTests {
  @Test func `a file, a folder and nothing are told apart`() throws {
    let file = ByteString(#filePath)
    let size = try FileManager.default.attributesOfItem(atPath: #filePath)[.size] as? Int
    let facts = try FileFacts.of(file).get()
    #expect(facts.kind == .regular && facts.size == size)
    let folder = ByteString((#filePath as NSString).deletingLastPathComponent)
    #expect(try FileFacts.of(folder).get().kind == .directory)
    for path in [
      file + "/x", folder + "/no-such-file", "/" + ByteString(Array(repeating: 97, count: 300)),
    ] {
      #expect(throws: (any Error).self) { try FileFacts.of(path).get() }
      guard case .failure(let error) = FileFacts.of(path) else { continue }
      #expect(error.meansNotFound)
    }
  }
}
