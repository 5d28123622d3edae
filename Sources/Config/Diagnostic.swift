import Bytes

/// A problem in a configuration, and the place where it was found.
///
/// ``description(program:)`` is the line nginx itself would print, so that scripts matching it keep
/// working. ``rendered(program:in:)`` adds what a person wants to see.
package struct Diagnostic: Error, Hashable, Sendable {
  /// How bad a problem is, spelled as nginx spells it.
  package enum Severity: String, Sendable {
    case emergency = "emerg"
    case critical = "crit"
    case warning = "warn"
    case notice = "notice"

    /// Whether the configuration cannot be used.
    package var isError: Bool { self == .emergency || self == .critical }
  }

  /// How bad the problem is.
  package var severity: Severity

  /// The sentence, without prefix and place.
  package var message: String

  /// What the caret points to; nil where the problem lies in no place.
  package var place: SourcePlace?

  /// The line nginx reports, where it is not the line of ``place``.
  package var reportedLine: Int?

  /// The file nginx reports, where it is not the file of ``place``.
  package var reportedFile: String?

  /// The word that was probably meant.
  package var suggestion: String?

  /// A sentence of further advice.
  package var note: String?

  /// The rank in the sequence in which nginx would meet this; see ``Statement/order``.
  package var order: Int

  /// What nginx does at that point of the sequence when it meets this; 0 while it reads.
  package var step = 0

  /// Whether nginx would go on here: it has what this program lacks.
  package var isOnlyOurs = false

  /// Whether a block begins here that lacks its brace, so that what follows in the file may stand
  /// in other blocks than it seems.
  package private(set) var isUnopenedBlock = false

  /// A problem in any words; see the static functions for those in use.
  package init(
    severity: Severity = .emergency, message: String, place: SourcePlace? = nil,
    reportedLine: Int? = nil, suggestion: String? = nil, note: String? = nil, order: Int = 0
  ) {
    self.severity = severity
    self.message = message
    self.place = place
    self.reportedLine = reportedLine
    self.suggestion = suggestion
    self.note = note
    self.order = order
  }

  /// A copy that proposes another word.
  package func suggesting(_ word: String?) -> Self {
    var copy = self
    copy.suggestion = word
    return copy
  }

  /// A copy that gives further advice.
  package func noting(_ note: String?) -> Self {
    var copy = self
    copy.note = note
    return copy
  }

  /// A copy that says that a block begins here which lacks its brace.
  package var markedAsUnopenedBlock: Self {
    var copy = self
    copy.isUnopenedBlock = true
    return copy
  }

  /// A copy of lower or higher severity.
  package func with(severity: Severity) -> Self {
    var copy = self
    copy.severity = severity
    return copy
  }
}

// MARK: - Rendering

extension Diagnostic {
  /// The line nginx would print.
  ///
  /// - Parameter program: The name that the program was invoked by.
  package func description(program: String) -> String {
    "\(program): [\(severity.rawValue)] \(sentence)"
  }

  /// The message with the place that nginx names.
  package var sentence: String { message + location }

  /// ` in FILE:LINE`; nginx knows no line in the text of `-g`.
  private var location: String {
    guard let place else { return "" }
    if place.file == SourcePlace.commandLine { return " in \(place.file)" }
    return " in \(reportedFile ?? place.file):\(reportedLine ?? place.line)"
  }

  /// The line of nginx, the exact place, the source line with a caret, and what was probably meant.
  ///
  /// - Parameters:
  ///   - program: The name that the program was invoked by.
  ///   - source: The text of the file that ``place`` names; nil leaves the source line out.
  ///   - isFurther: Whether nginx would have stopped at another error before. The line then says
  ///     `also`, so that whoever looks for nginx's line finds one.
  package func rendered(
    program: String, in source: SourceText?, isFurther: Bool = false
  ) -> String {
    var lines = [isFurther ? "\(program): also: \(sentence)" : description(program: program)]
    if let place, let source {
      lines.append("  --> \(place.file):\(place.line):\(place.column)")
      lines += excerpt(of: source, at: place)
    }
    if let suggestion { lines.append("  did you mean \"\(suggestion)\"?") }
    if let note { lines.append("  \(note)") }
    return lines.joined(separator: "\n")
  }

  private func excerpt(of source: SourceText, at place: SourcePlace) -> [String] {
    guard let line = source.line(place.line) else { return [] }
    let number = "\(place.line)"
    let margin = String(repeating: " ", count: number.utf8.count)
    let before = line.prefix(place.column - 1)
    return [
      "  \(number) | \(Self.printable(line))",
      "  \(margin) | \(Self.blank(asWideAs: before))^",
    ]
  }

  /// The text with control characters, which could steer a terminal, made harmless.
  private static func printable(_ line: ArraySlice<UInt8>) -> String {
    let question = UInt8(ascii: "?")
    let harmless = line.map { ($0 < 0x20 && $0 != ASCII.tab) || $0 == 0x7F ? question : $0 }
    return String(decoding: harmless, as: UTF8.self)
  }

  /// White space that takes as much room as the text: tabs stay, and so the caret stays in line.
  private static func blank(asWideAs text: ArraySlice<UInt8>) -> String {
    let continuation: ClosedRange<UInt8> = 0x80...0xBF
    let blanks = text.lazy
      .filter { !continuation.contains($0) }
      .map { $0 == ASCII.tab ? ASCII.tab : ASCII.space }
    return String(decoding: Array(blanks), as: UTF8.self)
  }
}
