import Bytes
import Config

// Advice about `;` and `{`: where a statement or the opening of a block has no end.

extension Advice {
  /// A block whose `{` is missing, so that it has swallowed what stands behind it.
  @Sendable static func missingBrace(_ mistake: Mistake) -> Advice? {
    let statement = mistake.statement
    let isWithoutBlock = mistake.diagnostic.message.hasSuffix("has no opening \"{\"")
    guard isWithoutBlock || mistake.says("invalid number of arguments"),
      let row = Catalogue.row(of: statement.name.text, in: mistake.context ?? []), row.isBlock
    else { return nil }
    let words = statement.words
    let next = words.indices.dropFirst().first {
      words[$0 - 1].place.line < words[$0].place.line && !words[$0].isQuoted
        && row.count.contains($0 - 1)
        && (isWithoutBlock || Catalogue.isKnownToNginx(words[$0].text))
    }
    if let next {
      let former = words[next - 1]
      return .missingBrace(
        "is a \"{\" missing behind \"\(former.text)\" in line \(former.place.line)?")
    }
    guard isWithoutBlock, statement.block == nil else { return nil }
    let opening =
      row.count.contains(words.count - 1) ? words.map(\.text.string) : [row.name, "..."]
    return .missingBrace(
      "what belongs to it stands in braces: \(opening.joined(separator: " ")) { ... }")
  }

  /// A statement that has swallowed the next line: a `;` is missing before a word that begins a
  /// line and is the name of a directive.
  @Sendable static func missingSemicolon(_ mistake: Mistake) -> Advice? {
    let statement = mistake.statement
    // An entry of a table begins with any word.
    let isEntry = mistake.says("invalid number of the ")
    for (former, word) in zip(statement.words, statement.arguments)
    where former.place.line < word.place.line
      && (isEntry || !word.isQuoted && Catalogue.isKnownToNginx(word.text))
    {
      return .sentence(
        "is a \";\" missing behind \"\(former.text)\" in line \(former.place.line)?")
    }
    return surplusStatement(mistake)
  }

  /// A parameter or a part of a value that a `;` cuts off from its directive in the same line.
  @Sendable static func surplusSemicolon(_ mistake: Mistake) -> Advice? {
    let (statement, name) = (mistake.statement, mistake.statement.name)
    guard mistake.diagnostic.place == name.place, statement.block == nil,
      let former = mistake.siblings.last(where: { $0.order < statement.order }),
      former.block == nil, former.reportedLine == name.place.line,
      former.name.place.file == name.place.file,
      let row = Catalogue.row(of: former.name.text, in: mistake.context ?? [])
    else { return nil }
    if texts[former.name.text] != nil, mistake.says("unknown directive"),
      mistake.diagnostic.suggestion == nil
    {
      return .explanation(
        "the \";\" before it ends \"\(former.name.text)\": a value with \";\" stands in quotes")
    }
    guard statement.arguments.isEmpty else { return nil }
    let (key, value) = name.text.splitAtEquals
    let isParameter = row.syntaxWords.contains {
      $0.name == key.string && ($0.value == nil) == (value == nil)
    }
    guard isParameter else { return nil }
    return .explanation("the \";\" before it ends \"\(former.name.text)\": remove it")
  }

  /// A statement that has swallowed the next one of its line: what stands before the name of a
  /// directive is as many words as its own may have, and what stands behind it, too.
  private static func surplusStatement(_ mistake: Mistake) -> Advice? {
    let statement = mistake.statement
    let isOverlong = mistake.says("invalid number of arguments")
    guard isOverlong || mistake.says("invalid parameter"),
      let row = Catalogue.row(of: statement.name.text)
    else { return nil }
    let words = statement.arguments
    for index in words.indices.dropFirst() where !words[index].isQuoted {
      guard let other = Catalogue.row(of: words[index].text), !other.isBlock,
        row.count.contains(index), other.count.contains(words.count - index - 1),
        isOverlong || words[index].place == mistake.word.place
      else { continue }
      let (former, word) = (words[index - 1].text, words[index].text)
      return .sentence("is a \";\" missing between \"\(former)\" and \"\(word)\"?")
    }
    return nil
  }

  /// The brace of a quantifier such as `{3}` begins a block where it is not quoted.
  @Sendable static func openBrace(_ mistake: Mistake) -> Advice? {
    let first =
      mistake.says("unknown directive")
      ? mistake.statement.name : mistake.statement.block?.first?.name
    guard let quantifier = first?.text.quantifier else { return nil }
    return .sentence(
      "the \"{\" of \"{\(quantifier)\" begins a block: write the whole expression in quotes")
  }
}

extension ByteString {
  /// What stands behind the brace of a quantifier, up to the closing one: `3}`, `1,}` or `1,3}`;
  /// nil where the text does not begin like that.
  fileprivate var quantifier: ByteString? {
    guard let end = firstIndex(of: UInt8(ascii: "}")) else { return nil }
    let parts = self[0..<end].split(on: UInt8(ascii: ","))
    guard parts.count <= 2, !parts[0].isEmpty,
      parts.allSatisfy({ $0.bytes.allSatisfy(ASCII.isDigit) })
    else { return nil }
    return self[0..<end + 1]
  }
}

extension [Diagnostic] {
  /// All but the errors that follow from blocks without an opening brace: what stands behind one
  /// lies in other blocks than it seems, up to a closing brace that is one too many.
  var withoutThoseOfUnopenedBlocks: Self {
    guard let opening = first(where: \.isUnopenedBlock), let file = opening.place?.file,
      let surplus = first(where: {
        $0.message == "unexpected \"}\"" && $0.place?.file == file && $0.order > opening.order
      })
    else { return self }
    return compactMap { diagnostic in
      if diagnostic == surplus {
        return diagnostic.noting(
          "it has no block to close where the \"{\" of line \(opening.place?.line ?? 0) is missing")
      }
      let isBehind = diagnostic.place?.file == file && diagnostic.order > opening.order
      return isBehind && diagnostic.followsFromNesting ? nil : diagnostic
    }
  }
}

extension Diagnostic {
  /// Whether it says in which block something stands.
  fileprivate var followsFromNesting: Bool {
    ["directive is not allowed here", "directive is duplicate"].contains { message.hasSuffix($0) }
      || message.hasPrefix("duplicate location ")
  }
}
