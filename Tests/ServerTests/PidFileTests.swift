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

  @Test func `its number on the device stays taken when somebody has removed it`() throws {
    let file = try PidFile(for: path)
    try file.publish()
    let name = ControlSocket.name(for: path)
    #expect(name != nil)
    unlink(path)
    for number in 0..<64 {
      let other = "\(path)-\(number)"
      try "".write(toFile: other, atomically: false, encoding: .utf8)
      #expect(ControlSocket.name(for: other) != name)
    }
    for number in 0..<64 { unlink("\(path)-\(number)") }
    withExtendedLifetime(file) {}
  }

  @Test(arguments: ["", "x\n", "1\n", "0\n", "4194305\n", "99999999999999999999\n"])
  func `a file may name nobody who runs`(text: String) throws {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    defer { unlink(path) }
    #expect(PidFile.runningProcess(namedBy: path) == nil)
  }

  @Test func `a process that a file names is known by its name`() throws {
    let sleeper = Process()
    sleeper.executableURL = URL(fileURLWithPath: "/bin/sleep")
    sleeper.arguments = ["60"]
    try sleeper.run()
    defer { sleeper.terminate() }
    try "\(sleeper.processIdentifier)\n".write(toFile: path, atomically: false, encoding: .utf8)
    defer { unlink(path) }
    #expect(PidFile.runningProcess(namedBy: path)?.number == sleeper.processIdentifier)
    #expect(PidFile.runningProcess(namedBy: path)?.name == "sleep")
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
