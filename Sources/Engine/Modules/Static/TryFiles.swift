import Bytes
import Config
import Sockets

/// `try_files`: takes the first of some paths that is a file, or else goes on elsewhere.
struct TryFiles: PhaseStep {
  private struct Candidate: Sendable {
    let path: Template

    /// Whether the path must lead to a folder, since it was written with a slash at its end.
    let isFolder: Bool
  }

  private enum Fallback: Sendable {
    case status(Int)
    /// A path, perhaps with a query, or the name of a location.
    case target(Template)
  }

  private let candidates: [Candidate]
  private let fallback: Fallback

  func run(_ exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    for candidate in candidates where try isThere(candidate, exchange) { return .declined }
    switch fallback {
    case .status(let status): throw .status(status)
    case .target(let template):
      let target = template.value(for: exchange)
      if target.hasPrefix("@") { return try exchange.redirect(toNamed: target) }
      let (path, query) = target.splitAtQuestionMark
      return try exchange.redirect(to: path, query: query)
    }
  }

  private func isThere(_ candidate: Candidate, _ exchange: Exchange) throws(Failure) -> Bool {
    var path = candidate.path.value(for: exchange)
    let alias = exchange.settings.core.root.alias
    if case .first(let count) = alias, candidate.path.constant == nil, count <= exchange.path.count,
      path.hasPrefix(exchange.path[0..<count])
    {
      // The variable `$uri` begins with what the alias stands for.
      path = path.dropFirst(count)
    }
    let file = try RequestedFile.folder(for: exchange) + path
    switch FileFacts.of(file) {
    case .failure(let error):
      if !error.meansNotFound {
        exchange.logError(.crit, "stat() \"\(file)\" failed \(error.reason)")
      }
      return false
    case .success(let facts):
      guard (facts.kind == .directory) == candidate.isFolder else { return false }
      exchange.take(path, replacing: alias, isFolder: candidate.isFolder)
      return true
    }
  }
}

extension Exchange {
  /// Makes a path that was found the one of the request; the upstream servers still see the old.
  fileprivate func take(_ found: ByteString, replacing alias: AliasedPart?, isFolder: Bool) {
    let wasOriginal = hasOriginalPath
    switch alias {
    case nil: path = found
    case .first(let count): path = path[0..<min(count, path.count)] + found
    case .all:
      if isFolder { break }
      path = found
      addsPathToAlias = true
    }
    hasOriginalPath = wasOriginal
  }
}

extension TryFiles {
  static let directives: [Directive] = [
    Directive(
      "try_files", "file ... uri | file ... =code", count: 2...Int.max,
      in: [.server, .location],
      "Takes the first path that is a file, or a folder if written with a slash at its end; "
        + "else redirects to the last one or answers with a status."
    ) { (statement, level) throws(Diagnostic) in
      try level.markUsed("try_files", by: statement)
      level.location?.precontent.append(try TryFiles(statement, level))
    }
  ]

  private init(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    var candidates: [Candidate] = []
    for word in statement.arguments.dropLast() {
      let isFolder = word.text.hasSuffix("/")
      let text = isFolder ? word.text[0..<word.text.count - 1] : word.text
      let path = try Template.compile(
        text, at: word, of: statement, variables: level.load.variables)
      candidates.append(Candidate(path: path, isFolder: isFolder))
    }
    self.candidates = candidates
    let last = statement.arguments[statement.arguments.count - 1]
    if last.text.hasPrefix("=") {
      guard let code = last.text.dropFirst(1).decimalNumber, code <= 999 else {
        throw .custom("invalid code \"\(last.text)\"", at: statement, word: last)
      }
      fallback = .status(code)
    } else {
      fallback = .target(try level.template(last, of: statement))
    }
  }
}
