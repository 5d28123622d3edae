/// The manual of directives and variables, made of their rows.
package enum Manual {
  /// The text of `DIRECTIVES.md`.
  package static var directives: String {
    let modules = Modules.all.filter { !$0.directives.isEmpty }
    let sections = modules.map { module in
      let entries = module.directives.sorted { $0.name < $1.name }.map(entry)
      return "## \(module.name)\n\n" + entries.joined(separator: "\n")
    }
    return """
      # Directives

      Every directive that apus understands, by the nginx module that it belongs to. Directives
      that are marked with "no effect" are checked and accepted, and change nothing. This file is
      made of the tables in the sources.


      """ + sections.joined(separator: "\n")
  }

  /// The text of `VARIABLES.md`.
  package static var variables: String {
    let sections = Modules.all.compactMap { module -> String? in
      let variables = module.variables + module.streamVariables.map(\.row)
      guard !variables.isEmpty else { return nil }
      let entries = variables.sorted { $0.name < $1.name }.map(entry)
      return "## \(module.name)\n\n" + entries.joined()
    }
    return """
      # Variables

      Every variable that apus understands, by the nginx module that it belongs to. A name that
      ends in *name* stands for a family. This file is made of the tables in the sources.


      """ + sections.joined(separator: "\n")
  }

  private static func entry(_ directive: Directive) -> String {
    let end = directive.isBlock ? " { ... }" : ";"
    let words = [directive.name, directive.syntax].filter { !$0.isEmpty }
    var lines = ["### \(directive.name)", "", "`\(words.joined(separator: " "))\(end)`", ""]
    var facts = ["Contexts: \(directive.contexts.names.joined(separator: ", "))."]
    if let text = directive.defaultText { facts.append("Default: `\(text)`.") }
    if !directive.hasEffect { facts.append("**No effect.**") }
    lines += [facts.joined(separator: " "), "", directive.summary, ""]
    return lines.joined(separator: "\n")
  }

  private static func entry(_ variable: Variable) -> String {
    "* `$\(variable.name)`\(variable.isFamily ? "*name*" : ""): \(variable.summary)\n"
  }
}
