import Bytes
import CLinux
import Foundation
import Testing

@testable import Engine

/// Hands a folder with two files and a folder in it to a test.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(
    at: folder.appending(path: "sub"), withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try Data("abc".utf8).write(to: folder.appending(path: "a&b.txt"))
  try Data().write(to: folder.appending(path: ".hidden"))
  return try body(folder.path)
}

@Suite struct AutoindexTests {
  @Test func `a page lists folders first, and no hidden files`() throws {
    try withFolder { folder in
      let reply = try answer(server: "root \(folder); autoindex on;")
      #expect(reply.contains("<a href=\"sub/\">sub/</a>"))
      #expect(reply.contains("<a href=\"a%26b.txt\">a&amp;b.txt</a>"))
      #expect(!reply.contains("hidden"))
    }
  }

  @Test(arguments: [
    ("json", "\"name\":\"a&b.txt\", \"type\":\"file\""),
    ("xml", "size=\"3\">a&amp;b.txt</file>"),
    ("jsonp", "\"type\":\"directory\""),
  ])
  func `a list has other forms`(format: String, text: String) throws {
    try withFolder { folder in
      let reply = try answer(server: "root \(folder); autoindex on; autoindex_format \(format);")
      #expect(reply.contains(text))
    }
  }

  @Test func `a folder is forbidden without a list`() throws {
    try withFolder { folder in
      let reply = try answer(server: "root \(folder);")
      #expect(reply.contains("403 Forbidden"))
    }
  }
}
