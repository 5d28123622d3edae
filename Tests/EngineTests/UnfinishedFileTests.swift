import Bytes
import CLinux
import Foundation
import Testing

@testable import Engine
@testable import Sockets

@Suite final class UnfinishedFileTests {
  private let folder = FileManager.default.temporaryDirectory.appending(
    path: "apus-\(UUID().uuidString)")

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> ByteString { ByteString(folder.path + "/" + name) }

  private func make(_ name: String) throws -> UnfinishedFile {
    try UnfinishedFile(UnfinishedFile.temporaryPath(path(name))) {
      mkdir(folder.path, 0o700)
    }
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
  }

  @Test func `a file gets its name when it is complete`() throws {
    let file = try make("a")
    let buffer = ByteBuffer(capacity: 16)
    buffer.append("content, and more")
    try file.file.write(buffer, count: 7)
    #expect(buffer.count == 17)
    #expect(try names() != ["a"])
    try file.finish(as: path("a"))
    #expect(try names() == ["a"])
    #expect(try String(contentsOfFile: path("a").string, encoding: .utf8) == "content")
  }

  @Test func `one that is given up is removed, one that is finished stays`() throws {
    var files = [try make("a"), try make("a")]
    #expect(try Set(names()).count == 2)
    try files[0].finish(as: path("b"))
    files = []
    #expect(try names() == ["b"])
  }

  @Test func `a folder that is missing is made for the name, and failures say why`() throws {
    let file = try make("a")
    try file.finish(as: path("deep/a")) { mkdir(path("deep").string, 0o700) }
    #expect(try names() == ["deep"])
    let other = try make("b")
    #expect(throws: SystemError(call: "rename", code: ENOENT)) {
      try other.finish(as: path("missing/b"))
    }
    #expect(throws: SystemError(call: "open", code: ENOENT)) {
      _ = try UnfinishedFile(path("missing/c")) {}
    }
  }
}
