import Testing

@testable import Server

struct VersionTextTests {
  private func lines(_ word: String) throws -> [Substring] {
    VersionText.text(for: try Invocation(words: [word])).split(separator: "\n")
  }

  @Test(arguments: ["-v", "-V", "-h"])
  func `the first line is the one that scripts read`(word: String) throws {
    #expect(try lines(word).first == "nginx version: nginx/1.31.3")
  }

  @Test func `the version alone is two lines`() throws {
    let lines = try lines("-v")
    #expect(lines.count == 2)
    #expect(lines.last?.hasPrefix("apus/") == true)
  }

  @Test(arguments: "?hvVtTqspecg".map { $0 })
  func `help names every letter`(letter: Character) throws {
    let help = try lines("-h").dropFirst(2).joined(separator: "\n")
    #expect(help.contains("-\(letter)"))
  }

  @Test func `help tells of what is built in only on -V`() throws {
    #expect(try !lines("-h").contains { $0.hasPrefix("configure arguments:") })
    #expect(try lines("-V").last?.hasPrefix("configure arguments:") == true)
  }
}
