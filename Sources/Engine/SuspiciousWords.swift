import Bytes
import Config

extension Load {
  /// Warns of words that nginx accepts with the quotes or spaces of a word processor, which are
  /// letters like any other to it.
  func warnOfSuspiciousWords(in configuration: ParsedConfiguration) {
    // Most files have no other characters than those of ASCII.
    let files = configuration.files.filter { $0.bytes.bytes.contains { $0 >= 0x80 } }
    guard !files.isEmpty || configuration.globalText != nil else { return }
    let refused = Set(diagnostics.filter(\.severity.isError).compactMap(\.place))
    let names = Set(files.map(\.path) + [SourcePlace.commandLine])
    warn(of: configuration.globalStatements + configuration.statements, in: names, except: refused)
  }

  private func warn(
    of statements: [Statement], in files: Set<String>, except refused: Set<SourcePlace>
  ) {
    for statement in statements {
      // One advice for each statement is enough.
      let isRefused = statement.words.contains { refused.contains($0.place) }
      if files.contains(statement.name.place.file), !isRefused {
        warn(of: statement)
      }
      warn(of: statement.block ?? [], in: files, except: refused)
    }
  }

  private func warn(of statement: Statement) {
    for word in statement.words where !word.text.hasOnlyApostrophes {
      guard let advice = Advice.ofPastedCharacter(in: word) else { continue }
      return warnOnce(
        "word \"\(word.text)\" has suspicious symbols", at: statement, word: word, note: advice)
    }
  }
}

extension ByteString {
  /// Whether each of its characters that are not of ASCII is an apostrophe between two others, as
  /// in a text for people.
  fileprivate var hasOnlyApostrophes: Bool {
    let apostrophe = ByteString("\u{2019}")
    guard let place = firstRange(of: apostrophe) else { return false }
    let rest = dropFirst(place.upperBound)
    return place.lowerBound > 0 && !rest.isEmpty
      && self[0..<place.lowerBound].bytes.allSatisfy { $0 < 0x80 }
      && (rest.bytes.allSatisfy { $0 < 0x80 } || rest.hasOnlyApostrophes)
  }
}
