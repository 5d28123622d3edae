import Bytes
import Wire

/// The numbers of prefixes as a compressed tree: one step for each byte that distinguishes them,
/// and for eight bytes that do not.
///
/// The children of a node lie side by side, and their first bytes in a list of their own, so that
/// a search touches little memory in large trees.
struct PrefixTree: Sendable {
  /// What a search has found.
  struct Match: Equatable {
    /// The number of the longest prefix of the path; nil where there is none.
    var prefix: Int?

    /// The number of the prefix that is the path and a slash; nil where there is none.
    var folder: Int?
  }

  private struct Node: Sendable {
    /// The bytes between the parent's end and this node's end, at most eight, at the upper end of
    /// the word; the first of them is the lowest.
    let label: UInt64
    let byteCount: UInt8

    var childCount: UInt16 = 0
    var firstChild: UInt32 = 0

    /// Negative where no prefix ends here.
    var number: Int32 = -1

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

  /// The tree of some prefixes; their numbers are their places in the list.
  ///
  /// Of equal prefixes the last one counts.
  init(_ prefixes: [ByteString]) {
    let numbers = Dictionary(zip(prefixes, prefixes.indices)) { $1 }
    var open = [Branch(node: 0, depth: 0, prefixes: numbers.sorted { $0.key < $1.key }[...])]
    while let branch = open.popLast() { open += addChildren(of: branch) }
  }

  /// A node, the length of the path to it, and the prefixes that begin with that path, in order.
  private struct Branch {
    let node: Int
    let depth: Int
    var prefixes: ArraySlice<(key: ByteString, value: Int)>
  }

  /// Adds the nodes below a node.
  private mutating func addChildren(of branch: Branch) -> [Branch] {
    let depth = branch.depth
    var rest = branch.prefixes
    if let first = rest.first, first.key.count == depth {
      nodes[branch.node].number = Int32(first.value)
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
    var match = Match(prefix: nodes[0].number < 0 ? nil : Int(nodes[0].number))
    var node = nodes[0]
    var offset = 0
    while let child = child(of: node, offset < bytes.count ? bytes[offset] : slash) {
      node = nodes[child]
      let end = offset &+ Int(node.byteCount)
      // The first byte has been compared.
      let word = node.byteCount > 1 ? bytes.bytes.word(at: offset) : node.label &>> 56
      guard end <= bytes.count else {
        let completed = word | UInt64(slash) &<< UInt64((bytes.count &- offset) &* 8)
        if end == bytes.count &+ 1, node.number >= 0, node.isLabel(completed) {
          match.folder = Int(node.number)
        }
        break
      }
      guard node.isLabel(word) else { break }
      if node.number >= 0 { match.prefix = Int(node.number) }
      offset = end
    }
    return match
  }

  /// The child of a node whose label begins with a byte.
  @inline(__always)
  private func child(of node: Node, _ byte: UInt8) -> Int? {
    var child = Int(node.firstChild)
    let end = child &+ Int(node.childCount)
    while child < end {
      if firstBytes[child] == byte { return child }
      child &+= 1
    }
    return nil
  }
}

private let slash = UInt8(ascii: "/")
