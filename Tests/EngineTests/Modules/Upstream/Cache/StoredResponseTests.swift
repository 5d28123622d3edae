import Bytes
import Foundation
import Sockets
import Testing
import Wire

@testable import Engine

/// Writes and reads files in a folder of the test's own.
@Suite struct StoredResponseTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("apus-cache-\(UUID().uuidString)")
  private let pool = BufferPool()

  private var zone: CacheZone {
    var settings = CachePathSettings()
    settings.path = ByteString(folder.path)
    settings.levels = [1, 2]
    settings.byteCount = 1 << 20
    return CacheZone(name: "z", settings: settings, former: nil)
  }

  private let digest = CacheDigest(of: "key")
  private static let text: ByteString = "HTTP/1.1 200 Fine\r\nX-A: b\r\n\r\n"

  private func write(_ content: [String], key: ByteString = "key") throws -> CacheWriter {
    var head = StoredHead()
    head.key = key
    head.vary = "Accept"
    head.entityTag = "\"t\""
    head.validUntil = 1234
    head.lastModified = 99
    let writer = CacheWriter(zone, digest, head: head, text: Self.text, pool: pool)
    for part in content {
      let buffer = ByteBuffer(capacity: part.utf8.count + 1)
      buffer.append(ByteString(part))
      try writer.append(buffer, in: 0..<buffer.count)
    }
    return writer
  }

  private func open(key: ByteString = "key") -> StoredResponse.Finding {
    StoredResponse.open(zone.path(of: digest), key: key, buffers: pool)
  }

  private func stored() throws -> StoredResponse {
    guard case .response(let response) = open() else { throw CocoaError(.fileReadUnknown) }
    return response
  }

  @Test(arguments: [1, 5_000, 200_000])
  func `what was written is read`(count: Int) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let writer = try write([String(repeating: "x", count: count), "end"])
    let size = try writer.finish()
    writer.release()
    let response = try stored()
    #expect(size >= count && response.diskSize == size)
    #expect(response.stored.contentCount == count + 3 && response.stored.validUntil == 1234)
    #expect(response.stored.vary == "Accept" && response.stored.entityTag == "\"t\"")
    #expect(response.stored.lastModified == 99)
    #expect(response.head.status == 200 && response.head.fields.values(of: "x-a") == ["b"])
    #expect((response.content != nil) == (count < 16_000))
  }

  @Test func `a file has its name only when it is complete`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let writer = try write([String(repeating: "x", count: 100_000)])
    guard case .missing = open() else { throw CocoaError(.fileReadUnknown) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    writer.release()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func `the file is where nginx would have it`() {
    let name = "b7f54b2df7773722d382f4809d65029c"
    #expect(CachePathSettings().folders(of: ByteString(name)) == [])
    var settings = CachePathSettings()
    settings.levels = [1, 2]
    #expect(settings.folders(of: ByteString(name)) == ["c", "29"])
    #expect(CacheDigest(fileName: ByteString(name))?.fileName == ByteString(name))
    #expect(CacheDigest(of: "http://h/").fileName.count == 32)
  }

  @Test func `a file of another key is not used`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let writer = try write(["x"], key: "other")
    _ = try writer.finish()
    guard case .unusable("has md5 collision") = open() else {
      Issue.record("another key was served")
      return
    }
  }

  @Test func `no byte of the head can change unnoticed`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let writer = try write(["content"])
    _ = try writer.finish()
    let path = zone.path(of: digest).string
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    let contentStart = try stored().stored.contentStart
    for index in 0..<contentStart {
      var broken = whole
      broken[index] ^= 0x20
      try broken.write(to: URL(fileURLWithPath: path))
      guard case .unusable = open() else {
        Issue.record("byte \(index) has changed, and the response was served")
        return
      }
    }
    for count in [0, 7, 95, 96, contentStart, whole.count - 1] {
      try whole.prefix(count).write(to: URL(fileURLWithPath: path))
      guard case .unusable = open() else {
        Issue.record("\(count) bytes are left, and the response was served")
        return
      }
    }
    try (whole + Data([0])).write(to: URL(fileURLWithPath: path))
    guard case .unusable = open() else {
      Issue.record("a byte has been added, and the response was served")
      return
    }
  }

  @Test func `a response that is confirmed gets another date`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try write(["content"]).finish()
    let response = try stored()
    response.stored.validUntil = 5678
    #expect(response.rewriteHead())
    #expect(try stored().stored.validUntil == 5678)
    // Another file has taken the name: it is not touched.
    let path = zone.path(of: digest).string
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    try FileManager.default.removeItem(atPath: path)
    try whole.write(to: URL(fileURLWithPath: path))
    response.stored.validUntil = 9999
    #expect(!response.rewriteHead())
    #expect(try stored().stored.validUntil == 5678)
  }

  @Test func `the loader finds files, and removes what a dead process has left`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try write(["content"]).finish()
    // The number of the process says nothing: here it is that of one which lives.
    let left = folder.appendingPathComponent("\(digest.fileName).\(getpid()).0")
    let foreign = ["README", "README.\(getpid()).0", "\(digest.fileName).\(getpid()).x"]
      .map { folder.appendingPathComponent($0) }
    for file in [left] + foreign { try Data("x".utf8).write(to: file) }
    let growing = try UnfinishedFile(
      UnfinishedFile.temporaryPath(ByteString("\(folder.path)/\(digest.fileName)"))
    ) {}
    let zone = zone
    let loader = CacheLoader(zone)
    var rounds = 0
    while !loader.load(1, until: .max, now: 1000) { rounds += 1 }
    #expect(rounds > 1)
    #expect(zone.index.load.size > 0)
    #expect(!FileManager.default.fileExists(atPath: left.path))
    let kept = foreign.map(\.path) + [growing.path.string]
    #expect(kept.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    guard case .file(let node) = zone.index.removeOldest() else {
      Issue.record("the file was not found")
      return
    }
    #expect(node.digest == digest)
  }

  @Test func `an old response is removed with its file`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let zone = zone
    let node = try #require(zone.find(digest, held: nil, minimumUses: 1, now: 1000)).node
    zone.index.stored(node, size: try write(["content"]).finish())
    guard case .nothing = zone.removeOldest(inactiveAt: 1599) else {
      Issue.record("removed too early")
      return
    }
    guard case .file = zone.removeOldest(inactiveAt: 1600) else {
      Issue.record("not removed")
      return
    }
    #expect(!FileManager.default.fileExists(atPath: zone.path(of: digest).string))
  }
}
