import CLinux
import Foundation
import Testing

@testable import Server

struct PidFileTests {
  private let path = "\(NSTemporaryDirectory())/apus-pid-\(UUID().uuidString)"

  private var content: String? { try? String(contentsOfFile: path, encoding: .utf8) }

  @Test func `the file holds the number of the process and goes with it`() throws {
    let file = try PidFile(for: path)
    try file.publish()
    #expect(content == "\(getpid())\n")
    file.remove()
    #expect(content == nil)
  }

  @Test func `a file that was left behind is replaced`() throws {
    try "123456789\n".write(toFile: path, atomically: false, encoding: .utf8)
    let file = try PidFile(for: path)
    try file.publish()
    #expect(content == "\(getpid())\n")
    file.remove()
  }

  @Test func `a file that names a successor stays`() throws {
    let file = try PidFile(for: path)
    try file.publish()
    try "123456789\n".write(toFile: path, atomically: false, encoding: .utf8)
    file.remove()
    #expect(content == "123456789\n")
    unlink(path)
  }

  @Test func `a folder that is not there is named`() {
    do throws(StartupError) {
      _ = try PidFile(for: "/nowhere/x.pid")
      Issue.record("it was written")
    } catch {
      #expect(
        error.message == "open() \"/nowhere/x.pid\" failed (2: No such file or directory)")
    }
  }
}
