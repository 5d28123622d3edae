import Bytes
import Foundation
import Testing

@testable import Engine

@Suite struct OpenFileTests {
  private func open() throws -> OpenFile { try OpenFile.open(ByteString(#filePath)).get().file }

  @Test func `a part is read in pieces to its end`() throws {
    let whole = try ByteString(String(contentsOfFile: #filePath, encoding: .utf8))
    let part = FilePart(try open(), offset: 7, count: 40)
    let buffer = ByteBuffer(capacity: 16)
    while part.count > 0 { #expect(part.read(into: buffer)) }
    #expect(buffer.allBytes == whole[7..<47])
    #expect(part.offset == 47)
  }

  @Test func `a part of a file that is shorter by now cannot be read`() throws {
    let size = try FileFacts.of(ByteString(#filePath)).get().size
    #expect(!FilePart(try open(), offset: size, count: 1).read(into: ByteBuffer(capacity: 16)))
  }

  @Test func `a part of a content that was read already is copied`() throws {
    let file = try open()
    file.content = "what is kept"
    let part = FilePart(file, offset: 5, count: 2)
    let buffer = ByteBuffer(capacity: 16)
    #expect(part.read(into: buffer))
    #expect(buffer.allBytes == "is")
    #expect(part.count == 0)
  }
}
