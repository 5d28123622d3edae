import Bytes

/// Objects by prefixes, as a compressed tree: one step for each byte that distinguishes the
/// prefixes, and for eight bytes that do not.
///
/// The children of a node lie side by side, and their first bytes in a list of their own, so that
/// a search touches little memory in large trees. It lends its objects without counting references.
struct PrefixTree<Value: AnyObject & Sendable>: Sendable {
  /// What a search has found, for those who keep the tree.
  struct Match {
    /// What belongs to the longest prefix of the path; nil where there is none.
    var prefix: Lent<Value>?

    /// What belongs to the prefix that is the path and a slash; nil where there is none, or the
    /// path is a prefix itself.
    var folder: Lent<Value>?
  }

  private struct Node: Sendable {
    /// The bytes between the parent's end and this node's end, at most eight, at the upper end of
    /// the word; the first of them is the lowest.
    let label: UInt64
    let byteCount: UInt8

    var childCount: UInt16 = 0
    var firstChild: UInt32 = 0

    /// nil where no prefix ends here.
    var value: Lent<Value>?

    /// A node for at most eight bytes.
    init(label bytes: [UInt8]) {
      byteCount = UInt8(bytes.count)
      label = bytes.reduce(0) { $0 >> 8 | UInt64($1) << 56 }
    }

    /// Whether the node's bytes are the first ones of a word.
    @inline(__always)
    func isLabel(_ word: UInt64) -> Bool { word &<< UInt64(64 &- byteCount &* 8) == label }
  }

  private var nodes = [Node(label: [])]

  /// The first byte of each node's label; the root has none.
  private var firstBytes: [UInt8] = [0]

  /// Keeps what the nodes lend.
  private let values: [Value]

  /// The tree of some prefixes; of equal ones the last one counts.
  init(_ entries: [(prefix: ByteString, value: Value)]) {
    values = entries.map(\.value)
    let inOrder = entries.enumerated().sorted {
      ($0.element.prefix, $0.offset) < ($1.element.prefix, $1.offset)
    }
    var last: [(key: ByteString, value: Lent<Value>)] = []
    for (_, entry) in inOrder {
      if last.last?.key == entry.prefix { last.removeLast() }
      last.append((entry.prefix, Lent(entry.value)))
    }
    var open = [Branch(node: 0, depth: 0, prefixes: last[...])]
    while let branch = open.popLast() { open += addChildren(of: branch) }
  }

  /// Whether there are no prefixes.
  var isEmpty: Bool { values.isEmpty }

  /// A node, the length of the path to it, and the prefixes that begin with that path, in order.
  private struct Branch {
    let node: Int
    let depth: Int
    var prefixes: ArraySlice<(key: ByteString, value: Lent<Value>)>
  }

  /// Adds the nodes below a node.
  private mutating func addChildren(of branch: Branch) -> [Branch] {
    let depth = branch.depth
    var rest = branch.prefixes
    if let first = rest.first, first.key.count == depth {
      nodes[branch.node].value = first.value
      rest = rest.dropFirst()
    }
    nodes[branch.node].firstChild = UInt32(nodes.count)
    var children: [Branch] = []
    while let first = rest.first?.key {
      let group = rest.prefix { $0.key[depth] == first[depth] }
      let last = group.last?.key ?? first
      let label = zip(first.bytes[depth...].prefix(8), last.bytes[depth...])
        .prefix { $0 == $1 }.map(\.0)
      children.append(Branch(node: nodes.count, depth: depth + label.count, prefixes: group))
      nodes.append(Node(label: label))
      firstBytes.append(first[depth])
      rest = rest.dropFirst(group.count)
    }
    nodes[branch.node].childCount = UInt16(children.count)
    return children
  }

  /// Finds the longest prefix of a path, and the prefix that is the path and a slash.
  func match(_ path: ByteString) -> Match {
    let bytes = path.bytes.span
    var node = nodes[0]
    var match = Match(prefix: node.value)
    var offset = 0
    while true {
      let byte = offset < bytes.count ? bytes[offset] : slash
      guard let child = child(of: node, byte) else { break }
      node = nodes[child]
      let end = offset &+ Int(node.byteCount)
      let word = node.byteCount > 1 ? bytes.bytes.word(at: offset) : UInt64(byte)
      guard end <= bytes.count else {
        let completed = word | UInt64(slash) &<< UInt64((bytes.count &- offset) &* 8)
        if end == bytes.count &+ 1, node.isLabel(completed) { match.folder = node.value }
        break
      }
      guard node.isLabel(word) else { break }
      if let value = node.value {
        match.prefix = value
        if end == bytes.count { break }
      }
      offset = end
    }
    return match
  }

  /// The child of a node whose label begins with a byte.
  @inline(__always)
  private func child(of node: Node, _ byte: UInt8) -> Int? {
    var child = Int(node.firstChild)
    // The label of an only child is compared anyway.
    if node.childCount == 1 { return child }
    let end = child &+ Int(node.childCount)
    while child < end {
      if firstBytes[child] == byte { return child }
      child &+= 1
    }
    return nil
  }
}

private let slash = UInt8(ascii: "/")
