import Foundation
import Glibc

/// A folder of its own under the temporary folder, removed when the last reference goes.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/apus-e2e-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw HarnessError("mkdtemp: \(lastError())") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // Workers may run as another user and must reach what lies in here.
    chmod(path, 0o755)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, with the folders above it, as of a fixed moment in 2024.
  ///
  /// The fixed time keeps `ETag` and `Last-Modified` equal between runs.
  func write(_ content: String, to name: String) throws {
    let file = "\(path)/\(name)"
    let folder = (file as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(content.utf8).write(to: URL(fileURLWithPath: file))
    let moment = Date(timeIntervalSince1970: 1_714_564_800)
    try FileManager.default.setAttributes([.modificationDate: moment], ofItemAtPath: file)
  }

  /// The text of a file; empty when it does not exist.
  func read(_ name: String) -> String {
    let data = FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data()
    return String(decoding: data, as: UTF8.self)
  }

  /// The lines of the error log of a program that has this folder as its prefix.
  var errorLogLines: [Substring] { read("error.log").split(separator: "\n") }

  func remove(_ name: String) {
    try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
  }
}
