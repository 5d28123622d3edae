import Bytes
import Foundation
import Sockets
import Testing

@testable import Engine

@Suite final class LogFileCacheTests {
  private let folder = NSTemporaryDirectory() + "log-file-cache-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func limits(_ maximum: Int, minimumUses: Int = 1) -> LogFileCache.Limits {
    var limits = LogFileCache.Limits()
    limits.maximum = maximum
    limits.minimumUses = minimumUses
    return limits
  }

  /// Writes a line to each of the files, which are made where they are not open.
  private func write(
    _ names: [String], _ cache: LogFileCache, now: Milliseconds = 0
  ) throws {
    let line = ByteBuffer(capacity: 8)
    line.append(ByteString("x"))
    for name in names { try cache.file(at: ByteString("\(folder)/\(name)"), now: now).write(line) }
  }

  /// What is in the files of the names, after these have been taken away.
  private func take(_ names: [String]) -> [String?] {
    names.map { name in
      let path = "\(folder)/\(name)"
      defer { try? FileManager.default.removeItem(atPath: path) }
      return FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  @Test func `a file that is written to often enough stays open`() throws {
    let cache = LogFileCache(limits(3, minimumUses: 2))
    try write(["once", "twice", "twice"], cache)
    #expect(take(["once", "twice"]) == ["x", "xx"])
    try write(["once", "twice"], cache)
    #expect(take(["once", "twice"]) == ["x", nil])
  }

  @Test func `the file that was written to longest ago gives way`() throws {
    let cache = LogFileCache(limits(2))
    try write(["a", "b", "a", "c"], cache)
    _ = take(["a", "b", "c"])
    try write(["a", "c", "b"], cache)
    #expect(take(["a", "c", "b"]) == [nil, nil, "x"])
  }

  @Test func `a file that nobody writes to is closed`() throws {
    let cache = LogFileCache(limits(2))
    try write(["a", "b"], cache)
    try write(["a"], cache, now: 9_999)
    _ = take(["a", "b"])
    try write(["a", "b"], cache, now: 10_000)
    #expect(take(["a", "b"]) == [nil, "x"])
  }

  @Test func `a path is looked at again in time`() throws {
    var limits = limits(2)
    limits.inactive = 1_000_000
    let cache = LogFileCache(limits)
    try write(["a"], cache)
    try write(["a"], cache, now: 60_000)
    #expect(take(["a"]) == ["xx"])
    try write(["a"], cache, now: 119_999)
    #expect(take(["a"]) == [nil])
    try write(["a", "a"], cache, now: 120_000)
    #expect(take(["a"]) == ["xx"])
  }

  @Test func `many uses of few files are not all remembered`() throws {
    let cache = LogFileCache(limits(2))
    for _ in 0..<300 { try write(["a", "b"], cache) }
    try write(["c"], cache)
    #expect(take(["a"]) == [String(repeating: "x", count: 300)])
    _ = take(["b", "c"])
    try write(["b", "c", "a"], cache)
    #expect(take(["a", "b", "c"]) == ["x", nil, nil])
  }

  @Test func `what cannot be opened is not remembered`() throws {
    let cache = LogFileCache(limits(1))
    try write(["a"], cache)
    #expect(throws: SystemError.self) { try write(["none/b"], cache) }
    _ = take(["a"])
    try write(["a"], cache)
    #expect(take(["a"]) == [nil])
  }
}
