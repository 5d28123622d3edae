import Bytes
import Foundation
import Sockets
import Testing

@testable import Engine

@Suite struct FilesOfBatchTests {
  /// A link in a folder of its own; files that have not changed for long are found through it.
  private final class Link {
    private let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("link-\(UUID().uuidString)")
    private let location: URL

    var path: ByteString { ByteString(location.path) }

    init(to target: String) throws {
      location = folder.appendingPathComponent("link")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try lead(to: target)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func lead(to target: String) throws {
      try? FileManager.default.removeItem(at: location)
      try FileManager.default.createSymbolicLink(
        atPath: location.path, withDestinationPath: target)
    }
  }

  private static let oldFile = #filePath
  private static let otherOldFile = #filePath.replacingOccurrences(
    of: "FilesOfBatchTests", with: "FileFactsTests")

  /// A part of the whole, as a request would read it.
  private func text(_ opened: (file: OpenFile, facts: FileFacts)) -> String {
    let buffer = ByteBuffer(capacity: opened.facts.size)
    let part = FilePart(opened.file, offset: 0, count: opened.facts.size)
    while part.count > 0, part.read(into: buffer) {}
    return buffer.allBytes.string
  }

  @Test func `within a batch a file is opened once`() throws {
    try onLoop { loop in
      let files = FilesOfBatch(on: loop)
      let path = ByteString(Self.oldFile)
      let (first, second) = (try files.open(path).get(), try files.open(path).get())
      #expect(first.file === second.file)
      #expect(second.file.content != nil)
      let whole = try String(contentsOfFile: Self.oldFile, encoding: .utf8)
      #expect(text(first) == whole && text(second) == whole)
      await Waiter(on: loop).yieldToOthers()
      #expect(try files.open(path).get().file !== first.file)
    }
  }

  @Test func `a path that leads elsewhere meanwhile is opened again`() throws {
    try onLoop { loop in
      let files = FilesOfBatch(on: loop)
      let link = try Link(to: Self.oldFile)
      let first = try files.open(link.path).get()
      try link.lead(to: Self.otherOldFile)
      let second = try files.open(link.path).get()
      #expect(second.file !== first.file)
      #expect(text(second) == (try String(contentsOfFile: Self.otherOldFile, encoding: .utf8)))
      #expect(try files.open(link.path).get().file === second.file)
      try link.lead(to: "/no/such/file")
      guard case .failure(let error) = files.open(link.path) else {
        Issue.record("an old file was found")
        return
      }
      #expect(error.meansNotFound)
    }
  }

  @Test func `a file that has just changed and what is no file are opened each time`() throws {
    try onLoop { loop in
      let files = FilesOfBatch(on: loop)
      let new = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      try Data("new".utf8).write(to: new)
      defer { try? FileManager.default.removeItem(at: new) }
      for path in [new.path, FileManager.default.temporaryDirectory.path] {
        let first = try files.open(ByteString(path)).get()
        #expect(try files.open(ByteString(path)).get().file !== first.file)
      }
    }
  }
}
