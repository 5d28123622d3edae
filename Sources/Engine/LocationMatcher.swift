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
    /// end: nginx sends such a client to the path with the slash (see "location").
    case missingSlash

    /// No location is for the path.
    case none
  }

  /// Chooses by the path of a request, and notes the groups of a regular expression that chose.
  package func choice(for exchange: Exchange) -> Choice {
    choice(for: exchange, addsSlash: redirectsMissingSlash)
  }

  /// - Parameter addsSlash: Whether a missing slash is to be noticed.
  private func choice(for exchange: Exchange, addsSlash: Bool) -> Choice {
    if hasExact, let location = exact[exchange.path] { return .location(location, wins: true) }
    let match = prefixes.match(exchange.path)
    if addsSlash, let folder = match.folder, isMissingSlash(exchange.path, of: folder) {
      return .missingSlash
    }
    guard let prefix = match.prefix else {
      return patternChoice(for: exchange) ?? .none
    }
    var remembered = prefix
    let nested = prefix.withObject { $0.nested?.choice(for: exchange, addsSlash: false) }
    if case .location(let location, let wins)? = nested {
      if wins { return .location(location, wins: true) }
      remembered = location
    }
    let isFinal = prefix.withObject { $0.excludesPatterns }
    let choice = isFinal ? nil : patternChoice(for: exchange)
    return choice ?? .location(remembered, wins: false)
  }

  @inline(__always)
  private func isMissingSlash(_ path: ByteString, of folder: Lent<Location>) -> Bool {
    path.bytes.last != UInt8(ascii: "/")
      && folder.withObject { $0.redirectsMissingSlash }
  }

  private func patternChoice(for exchange: Exchange) -> Choice? {
    // Most often there is none, and finding that counts no reference.
    guard hasPatterns, let first = patterns.firstCandidate(for: exchange.path) else { return nil }
    let match = patterns.firstMatch(
      of: exchange.path, from: first, in: exchange.matchMemory, for: exchange)
    guard let location = match else { return nil }
    let nested = location.withObject { $0.nested?.choice(for: exchange, addsSlash: false) }
    guard case .location(let inner, _)? = nested else { return .location(location, wins: true) }
    return .location(inner, wins: true)
  }

  /// Returns the location called `@name`.
  package func named(_ name: ByteString) -> Location? { named[name] }
}
