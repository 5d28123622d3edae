import Bytes
import Foundation
import Testing

@testable import Config

@Suite struct ShippedFilesTests {
  static let names = ["fastcgi.conf", "fastcgi_params", "mime.types", "proxy_params"]

  @Test(arguments: names)
  func `a shipped file is the one of examples-conf`(name: String) throws {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let file = folder.appendingPathComponent("examples-conf/\(name)")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(ShippedFiles.text(of: name) == ByteString(text))
  }

  @Test(arguments: ["other.types", "conf.d/mime.types", ""])
  func `other names are not shipped`(name: String) {
    #expect(ShippedFiles.text(of: name) == nil)
  }

  @Test func `an include of a missing shipped file finds its text`() {
    let folder = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString)"
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try? "include proxy_params; include missing_params;".write(
      toFile: "\(folder)/nginx.conf", atomically: true, encoding: .utf8)
    let parsed = ConfigurationFiles.read(mainFile: "\(folder)/nginx.conf", folder: folder)
    #expect(parsed.statements.count == 4)
    #expect(parsed.files.map(\.path) == ["\(folder)/nginx.conf", "\(folder)/proxy_params"])
    #expect(parsed.diagnostics.count == 1)
  }
}
