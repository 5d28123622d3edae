package import Bytes

/// Chooses the location of a path.
///
/// The rule is the one in nginx's `location` documentation:
/// 1. `= path` wins outright.
/// 2. The longest matching prefix is remembered; written `^~`, it wins now.
/// 3. Regular expressions are tried in file order; the first match wins.
/// 4. Otherwise the remembered prefix wins.
///
/// Locations inside the remembered prefix are asked before the expressions of the outer level; an
/// exact location or an expression among them wins, a prefix is only remembered in its turn.
package final class LocationMatcher: Sendable {
  // What every request reads stands first, side by side.

  /// Whether any location here wants its missing slash to be added.
  private let redirectsMissingSlash: Bool
  private let hasExact: Bool
  private let hasPatterns: Bool
  private let prefixes: PrefixTree<Location>
  private let patterns: PatternList<Location>
  private let exact: NameTable<Location>

  /// Those of the exact locations that want their slash to be there, by their names without it.
  private let exactFolders: NameTable<Location>
  private let named: [ByteString: Location]

  /// Whether there is nothing to choose from.
  package var isEmpty: Bool {
    !hasExact && prefixes.isEmpty && !hasPatterns && named.isEmpty
  }

  /// - Parameter locations: In file order.
  package init(_ locations: [Location]) {
    var exact: [ByteString: Location] = [:]
    var named: [ByteString: Location] = [:]
    var prefixes: [Location] = []
    var patterns: [PatternList<Location>.Entry] = []
    for location in locations {
      switch location.kind {
      case .exact: exact[location.name] = location
      case .prefix: prefixes.append(location)
      case .pattern(let pattern, let groups): patterns.append(.init(pattern, groups, location))
      case .named: named[location.name] = location
      case .server, .conditional: preconditionFailure("not to be chosen by path")
      }
    }
    redirectsMissingSlash = locations.contains(where: \.redirectsMissingSlash)
    let folders = exact.filter { $0.value.redirectsMissingSlash }
    exactFolders = NameTable(
      Dictionary(uniqueKeysWithValues: folders.map { ($0[0..<$0.count - 1], $1) }))
    self.exact = NameTable(exact)
    self.named = named
    hasExact = !exact.isEmpty
    self.prefixes = PrefixTree(prefixes.map { ($0.name, $0) })
    hasPatterns = !patterns.isEmpty
    self.patterns = PatternList(patterns)
  }

  /// What is to become of a request.
  package enum Choice {
    /// It is for a location; of which a prefix gives way to expressions of an outer level.
    case location(Lent<Location>, wins: Bool)

    /// There is a location that passes requests on, and the path is its name but for a slash at the
    /// end: nginx sends such a client to the path with the slash (see "location"), and goes to that
    /// location for it.
    case missingSlash(Lent<Location>)

    /// No location is for the path.
    case none
  }

  /// Chooses by the path of a request, and notes the groups of a regular expression that chose.
  package func choice(for exchange: Exchange) -> Choice {
    if hasExact, let location = exact[exchange.path] { return .location(location, wins: true) }
    let match = prefixes.match(exchange.path)
    if redirectsMissingSlash, let folder = folder(of: exchange.path, match) {
      return .missingSlash(folder)
    }
    guard let prefix = match.prefix else {
      return patternChoice(for: exchange) ?? .none
    }
    var remembered = prefix
    switch prefix.withObject({ $0.nested?.choice(for: exchange) }) {
    case .location(let location, true)?: return .location(location, wins: true)
    case .location(let location, false)?: remembered = location
    case .missingSlash(let folder)?: return .missingSlash(folder)
    case Choice.none?, nil: break
    }
    let isFinal = prefix.withObject { $0.excludesPatterns }
    let choice = isFinal ? nil : patternChoice(for: exchange)
    return choice ?? .location(remembered, wins: false)
  }

  /// The location whose name is a path and a slash, and that wants the slash to be there; nil where
  /// there is none, or a location has the path itself for its name.
  private func folder(of path: ByteString, _ match: PrefixTree<Location>.Match) -> Lent<Location>? {
    guard path.bytes.last != UInt8(ascii: "/") else { return nil }
    if !exactFolders.isEmpty, let folder = exactFolders[path], match.prefix?.name != path {
      return folder
    }
    guard let folder = match.folder, folder.redirectsMissingSlash else { return nil }
    return folder
  }

  private func patternChoice(for exchange: Exchange) -> Choice? {
    // Most often there is none, and finding that counts no reference.
    guard hasPatterns, let first = patterns.firstCandidate(for: exchange.path) else { return nil }
    let match = patterns.firstMatch(
      of: exchange.path, from: first, in: exchange.matchMemory, for: exchange)
    guard let location = match else { return nil }
    let nested = location.withObject { $0.nested?.choice(for: exchange) }
    guard case .location(let inner, _)? = nested else { return .location(location, wins: true) }
    return .location(inner, wins: true)
  }

  /// Returns the location called `@name`.
  package func named(_ name: ByteString) -> Location? { named[name] }
}
