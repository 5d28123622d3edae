import Bytes
import Foundation
import Testing

@testable import Config

@Suite struct ConfigurationFilesTests {
  @Test func `global directives are read first and kept apart`() {
    let parsed = read("a;", globalText: "b 1; c;")
    #expect(outline(parsed.globalStatements) == "b|1;c;")
    #expect(outline(parsed.statements) == "a;")
    #expect(parsed.globalStatements[1].order < parsed.statements[0].order)
  }

  @Test(arguments: [
    ("a", #"unexpected end of parameter, expecting ";" in command line"#),
    ("a {}", "block directives are not supported in -g option in command line"),
    ("a; }", #"unexpected "}" in command line"#),
    (#""a"b;"#, #"unexpected "b" in command line"#),
    ("include x;", #"open() "x" failed (2: No such file or directory) in command line"#),
  ])
  func `errors in global directives lie in the command line`(text: String, expected: String) {
    #expect(read("", globalText: text).lines == ["[emerg] " + expected])
  }

  @Test func `a main file that cannot be read is an error without a place`() {
    let parsed = ConfigurationFiles.read(
      mainFile: "/a/b", folder: "/a/", reader: MemoryFiles(files: [:]))
    #expect(
      parsed.diagnostics.map { $0.description(program: "nginx") } == [
        #"nginx: [emerg] open() "/a/b" failed (2: No such file or directory)"#
      ])
  }

  @Test func `files come from the disk, patterns in the order of their names`() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("ConfigurationFilesTests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = ["main": "include *.conf;\ninclude f*;", "b.conf": "b;", "a.conf": "a;"]
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("folder"), withIntermediateDirectories: true)
    for (name, text) in files {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
    let main = folder.appendingPathComponent("main").path
    let parsed = ConfigurationFiles.read(mainFile: main, folder: folder.path)
    #expect(outline(parsed.statements) == "a;b;")
    #expect(
      parsed.diagnostics.map { $0.description(program: "apus") } == [
        "apus: [crit] pread() \"\(folder.path)/folder\" failed (21: Is a directory) in \(main):2"
      ])
  }
}
