import Bytes
import Config
import Testing

@testable import Engine

@Suite struct VariableTests {
  private let statement = Statement(
    name: Word(text: "set", place: SourcePlace(file: "f", line: 1, column: 1)))
  private let variables = [
    Variable("fixed", "A fixed one.") { _ in "1" },
    Variable(family: "arg_", "A family.") { _, _, _ in true },
  ]

  @Test func `a name has one number, in any case`() {
    let table = VariableTable(variables)
    let number = table.number(of: "Fixed", mentionedAt: statement)
    #expect(table.number(of: "fixed", mentionedAt: statement) == number)
    #expect(table.number(of: "arg_x", mentionedAt: statement) != number)
    #expect(table.resolve(hasServers: true).diagnostics.isEmpty)
    #expect(table.resolve(hasServers: true).variables.map(\.name) == ["fixed", "arg_x"])
  }

  @Test(arguments: ["fixd", "arg", "a"])
  func `a name without a meaning is reported once`(name: ByteString) {
    let table = VariableTable(variables)
    _ = table.number(of: name, mentionedAt: statement)
    _ = table.number(of: name, mentionedAt: statement)
    let messages = table.resolve(hasServers: true).diagnostics.map(\.message)
    #expect(messages == ["unknown \"\(name)\" variable"])
  }

  @Test func `a definition may stand below the first mention`() throws {
    let table = VariableTable(variables)
    let number = table.number(of: "mine", mentionedAt: statement)
    #expect(try table.define("MINE", at: statement) == number)
    #expect(table.resolve(hasServers: true).diagnostics.isEmpty)
  }

  @Test func `a fixed variable cannot be defined again`() {
    let error = #expect(throws: Diagnostic.self) {
      try VariableTable(variables).define("Fixed", at: statement)
    }
    #expect(error?.message == "the duplicate \"Fixed\" variable")
  }

  @Test func `every variable has one row and a sentence`() {
    let all = Modules.all.flatMap(\.variables)
    #expect(Set(all.map(\.name)).count == all.count)
    #expect(all.allSatisfy { !$0.summary.isEmpty })
  }
}
