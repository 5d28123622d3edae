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
  private let patterns: PatternList<Location>
  private let named: [ByteString: Location]

  /// Whether any location here wants its missing slash to be added.
  private let redirectsMissingSlash: Bool

  /// Whether there is nothing to choose from.
  package var isEmpty: Bool {
    exact.isEmpty && prefixes.isEmpty && patterns.isEmpty && named.isEmpty
  }

  /// - Parameter locations: In file order.
  package init(_ locations: [Location]) {
    var exact: [ByteString: Location] = [:]
    var named: [ByteString: Location] = [:]
    var prefixes = PrefixTree()
    var patterns: [PatternList<Location>.Entry] = []
    for location in locations {
      switch location.kind {
      case .exact: exact[location.name] = location
      case .prefix: prefixes.insert(location)
      case .pattern(let pattern, let groups): patterns.append(.init(pattern, groups, location))
      case .named: named[location.name] = location
      case .server, .conditional: preconditionFailure("not to be chosen by path")
      }
    }
    redirectsMissingSlash = locations.contains(where: \.redirectsMissingSlash)
    self.exact = exact
    self.named = named
    self.prefixes = prefixes
    self.patterns = PatternList(patterns)
  }

  /// Returns the location of a path, and notes the groups of a regular expression that chose it.
  ///
  /// - Returns: nil where no location is for the path.
  package func location(for exchange: Exchange) -> Location? {
    choice(for: exchange).location
  }

  /// - Returns: `wins` is false for a prefix, to which expressions of an outer level are preferred.
  private func choice(for exchange: Exchange) -> (location: Location?, wins: Bool) {
    if !exact.isEmpty, let location = exact[exchange.path] { return (location, true) }
    let prefix = prefixes.longestMatch(of: exchange.path)
    var remembered = prefix
    if let nested = prefix?.nested?.choice(for: exchange) {
      if nested.wins { return nested }
      remembered = nested.location ?? prefix
    }
    if let prefix, case .prefix(excludesPatterns: true) = prefix.kind {
      return (remembered, false)
    }
    if let location = location(matchingPattern: exchange) { return (location, true) }
    return (remembered, false)
  }

  private func location(matchingPattern exchange: Exchange) -> Location? {
    if patterns.isEmpty { return nil }
    let match = patterns.firstMatch(
      of: exchange.path, in: exchange.matchMemory, for: exchange)
    guard let location = match else { return nil }
    return location.nested?.location(for: exchange) ?? location
  }

  /// Returns the location called `@name`.
  package func named(_ name: ByteString) -> Location? { named[name] }

  /// Whether a location that passes requests on has the path as its name but for a slash at the
  /// end; nginx sends such a client to the path with the slash (see "location").
  package func isMissingSlash(_ path: ByteString) -> Bool {
    guard redirectsMissingSlash, path.bytes.last != UInt8(ascii: "/"), exact[path] == nil else {
      return false
    }
    return prefixes.exactly(path + "/")?.redirectsMissingSlash ?? false
  }
}

/// Prefix locations as a compressed tree: one step for each byte that distinguishes them.
struct PrefixTree: Sendable {
  private struct Node: Sendable {
    /// The bytes between the parent's end and this node's end.
    var label: [UInt8]
    var location: Location?
    var children: [(first: UInt8, node: Int)] = []
  }

  private var nodes = [Node(label: [])]

  private(set) var isEmpty = true

  mutating func insert(_ location: Location) {
    isEmpty = false
    var current = 0
    var rest = location.name.bytes[...]
    while let first = rest.first {
      guard let edge = nodes[current].children.firstIndex(where: { $0.first == first }) else {
        nodes.append(Node(label: Array(rest), location: location))
        nodes[current].children.append((first, nodes.count - 1))
        return
      }
      let child = nodes[current].children[edge].node
      let common = zip(nodes[child].label, rest).prefix { $0 == $1 }.count
      if common < nodes[child].label.count { split(child, at: common) }
      rest = rest.dropFirst(common)
      current = child
    }
    nodes[current].location = location
  }

  private mutating func split(_ node: Int, at length: Int) {
    var tail = nodes[node]
    tail.label.removeFirst(length)
    nodes.append(tail)
    nodes[node].label.removeSubrange(length...)
    nodes[node].location = nil
    nodes[node].children = [(tail.label[0], nodes.count - 1)]
  }

  func longestMatch(of path: ByteString) -> Location? {
    var best = nodes[0].location
    var current = 0
    var offset = 0
    while offset < path.count, let child = child(of: current, at: path[offset]) {
      let label = nodes[child].label
      guard offset + label.count <= path.count else { return best }
      for index in 0..<label.count where label[index] != path[offset + index] { return best }
      offset += label.count
      current = child
      best = nodes[child].location ?? best
    }
    return best
  }

  func exactly(_ path: ByteString) -> Location? {
    guard let location = longestMatch(of: path), location.name == path else { return nil }
    return location
  }

  private func child(of node: Int, at byte: UInt8) -> Int? {
    for (first, child) in nodes[node].children where first == byte { return child }
    return nil
  }
}
