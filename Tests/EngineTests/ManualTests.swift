import Foundation
import Testing

@testable import Engine

@Suite struct ManualTests {
  /// With `APUS_WRITE_MANUAL=1` in the environment the files are written instead of compared.
  @Test(arguments: [("DIRECTIVES.md", Manual.directives), ("VARIABLES.md", Manual.variables)])
  func `the manual is what the rows say`(name: String, text: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Engine/\(name)").standardizedFileURL
    if ProcessInfo.processInfo.environment["APUS_WRITE_MANUAL"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let written = try String(contentsOf: file, encoding: .utf8)
    #expect(written == text, "stale: run APUS_WRITE_MANUAL=1 swift test --filter ManualTests")
  }
}
