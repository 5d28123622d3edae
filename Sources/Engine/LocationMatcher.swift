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
  private let exact: [ByteString: Location]
  private let prefixes: PrefixTree
  private let prefixLocations: LentList<Location>
  private let patterns: PatternList<Location>
  private let named: [ByteString: Location]

  /// Whether any location here wants its missing slash to be added.
  private let redirectsMissingSlash: Bool

  /// Whether there is nothing to choose from.
  package var isEmpty: Bool {
    exact.isEmpty && prefixLocations.count == 0 && patterns.isEmpty && named.isEmpty
  }

  /// - Parameter locations: In file order.
  package init(_ locations: [Location]) {
    var exact: [ByteString: Location] = [:]
    var named: [ByteString: Location] = [:]
    var prefixes = PrefixTree()
    var prefixLocations: [Location] = []
    var patterns: [PatternList<Location>.Entry] = []
    for location in locations {
      switch location.kind {
      case .exact: exact[location.name] = location
      case .prefix:
        prefixes.insert(location.name, prefixLocations.count)
        prefixLocations.append(location)
      case .pattern(let pattern, let groups): patterns.append(.init(pattern, groups, location))
      case .named: named[location.name] = location
      case .server, .conditional: preconditionFailure("not to be chosen by path")
      }
    }
    redirectsMissingSlash = locations.contains(where: \.redirectsMissingSlash)
    self.exact = exact
    self.named = named
    self.prefixes = prefixes
    self.prefixLocations = LentList(prefixLocations)
    self.patterns = PatternList(patterns)
  }

  /// Returns the location of a path, and notes the groups of a regular expression that chose it.
  ///
  /// - Returns: nil where no location is for the path.
  package func location(for exchange: Exchange) -> Lent<Location>? {
    choice(for: exchange).location
  }

  /// - Returns: `wins` is false for a prefix, to which expressions of an outer level are preferred.
  private func choice(for exchange: Exchange) -> (location: Lent<Location>?, wins: Bool) {
    if !exact.isEmpty, let location = exact[exchange.path] { return (Lent(location), true) }
    let prefix = prefixes.longestMatch(of: exchange.path).map { prefixLocations.lent($0.value) }
    var remembered = prefix
    if let prefix {
      let nested = prefix.withObject { $0.nested?.choice(for: exchange) }
      if let nested, nested.wins { return nested }
      remembered = nested?.location ?? prefix
      if prefix.withObject(\.excludesPatterns) { return (remembered, false) }
    }
    if let location = location(matchingPattern: exchange) { return (location, true) }
    return (remembered, false)
  }

  private func location(matchingPattern exchange: Exchange) -> Lent<Location>? {
    if patterns.isEmpty { return nil }
    let match = patterns.firstMatch(
      of: exchange.path, in: exchange.matchMemory, for: exchange)
    guard let location = match else { return nil }
    return location.nested?.location(for: exchange) ?? Lent(location)
  }

  /// Returns the location called `@name`.
  package func named(_ name: ByteString) -> Location? { named[name] }

  /// Whether a location that passes requests on has the path as its name but for a slash at the
  /// end; nginx sends such a client to the path with the slash (see "location").
  @inline(__always)
  package func isMissingSlash(_ path: ByteString) -> Bool {
    redirectsMissingSlash && path.bytes.last != UInt8(ascii: "/") && hasFolder(path)
  }

  private func hasFolder(_ path: ByteString) -> Bool {
    guard exact[path] == nil else { return false }
    let name = path + "/"
    guard let match = prefixes.longestMatch(of: name), match.byteCount == name.count else {
      return false
    }
    return prefixLocations[match.value].redirectsMissingSlash
  }
}

extension Location {
  /// Whether the location is a prefix of the `^~` form.
  fileprivate var excludesPatterns: Bool {
    if case .prefix(excludesPatterns: true) = kind { true } else { false }
  }
}

/// The numbers of prefixes as a compressed tree: one step for each byte that distinguishes them.
struct PrefixTree: Sendable {
  private struct Node: Sendable {
    /// Where the bytes between the parent's end and this node's end are in ``labels``.
    var label: Range<Int>
    var value: Int?
    var firstChild: Int?

    /// The next child of the same parent.
    var sibling: Int?
  }

  private var nodes = [Node(label: 0..<0)]
  private var labels: [UInt8] = []

  /// - Parameter value: Takes the place of an earlier one of the same prefix.
  mutating func insert(_ prefix: ByteString, _ value: Int) {
    var current = 0
    var rest = prefix.bytes[...]
    while let first = rest.first {
      guard let child = child(of: current, at: first) else {
        let start = labels.count
        labels += rest
        nodes.append(
          Node(label: start..<labels.count, value: value, sibling: nodes[current].firstChild))
        nodes[current].firstChild = nodes.count - 1
        return
      }
      let common = zip(labels[nodes[child].label], rest).prefix { $0 == $1 }.count
      if common < nodes[child].label.count { split(child, at: common) }
      rest = rest.dropFirst(common)
      current = child
    }
    nodes[current].value = value
  }

  private mutating func split(_ node: Int, at length: Int) {
    let label = nodes[node].label
    let middle = label.lowerBound + length
    nodes.append(
      Node(
        label: middle..<label.upperBound, value: nodes[node].value,
        firstChild: nodes[node].firstChild))
    nodes[node].label = label.lowerBound..<middle
    nodes[node].value = nil
    nodes[node].firstChild = nodes.count - 1
  }

  /// The longest prefix of a path: its number and its length; nil where there is none.
  func longestMatch(of path: ByteString) -> (value: Int, byteCount: Int)? {
    var best = nodes[0].value.map { ($0, 0) }
    var current = 0
    var offset = 0
    while offset < path.count, let child = child(of: current, at: path[offset]) {
      let label = nodes[child].label
      guard offset + label.count <= path.count else { return best }
      for index in 0..<label.count
      where labels[label.lowerBound + index] != path[offset + index] { return best }
      offset += label.count
      current = child
      if let value = nodes[child].value { best = (value, offset) }
    }
    return best
  }

  private func child(of node: Int, at byte: UInt8) -> Int? {
    var next = nodes[node].firstChild
    while let child = next, labels[nodes[child].label.lowerBound] != byte {
      next = nodes[child].sibling
    }
    return next
  }
}
