import Foundation

/// What one case led to, in a form that can be compared: text.
struct Outcome: Equatable {
  var responses: [String] = []
  var received: [String] = []

  /// The lines in which two outcomes differ, those of the oracle first.
  func difference(from oracle: Outcome) -> String {
    let expected = (oracle.responses + ["-- origin received:"] + oracle.received).joined(
      separator: "\n")
    let actual = (responses + ["-- origin received:"] + received).joined(separator: "\n")
    return "expected (nginx):\n\(expected)\nactual:\n\(actual)"
  }
}

/// Renders a response: status line, fields sorted by name, content; Date and Server aside.
func rendered(response: Message) -> String {
  var message = response
  message.fields.removeAll { ["date", "server"].contains($0.name.lowercased()) }
  var text = rendered(message)
  if let type = response["Content-Type"], let mark = type.range(of: "boundary=") {
    text = text.replacingOccurrences(of: type[mark.upperBound...], with: "BOUNDARY")
  }
  return withoutProgramName(text)
}

/// Renders a request as the origin received it.
func rendered(request: Message) -> String { rendered(request) }

/// Fields of different names may come in any order (RFC 9110, section 5.3), those of one may not.
private func rendered(_ message: Message) -> String {
  let sorted = message.fields.enumerated().sorted { first, second in
    let names = (first.element.name.lowercased(), second.element.name.lowercased())
    return names.0 == names.1 ? first.offset < second.offset : names.0 < names.1
  }
  let fields = sorted.map { "\($0.element.name): \($0.element.value)" }
  let content = message.isComplete ? message.text : message.text + "[incomplete]"
  return ([message.startLine] + fields + ["", content]).joined(separator: "\n")
}

/// The pages that both programs make name themselves at the foot.
private func withoutProgramName(_ text: String) -> String {
  var text = text.replacingOccurrences(
    of: "<center>(nginx|apus)/[0-9.]+</center>", with: "<center>PROGRAM/VERSION</center>",
    options: .regularExpression)
  text = text.replacingOccurrences(
    of: "<center>(nginx|apus)</center>", with: "<center>PROGRAM</center>",
    options: .regularExpression)
  // Its length counts the name as well.
  guard text.contains("<center>PROGRAM") else { return text }
  return text.replacingOccurrences(
    of: "Content-Length: [0-9]+", with: "Content-Length: N", options: .regularExpression)
}
