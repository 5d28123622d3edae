package import Bytes

/// Finds the known word that a misspelt one was probably meant to be.
package enum SpellingSuggestion {
  /// The longest word that is compared, in bytes.
  private static let maximumLength = 64

  /// The candidate with the fewest slips of the pen between it and the word.
  ///
  /// A slip is a letter too many, too few, wrong, or swapped with its neighbour; case does not
  /// count. One slip is allowed in every three letters, and three at most.
  ///
  /// - Returns: nil where no candidate is near enough; the first in alphabetical order of several.
  package static func nearest(to word: ByteString, among candidates: some Sequence<String>)
    -> String?
  {
    let limit = min(3, max(1, word.count / 3))
    let typed = word.lowercased.bytes
    guard !typed.isEmpty, typed.count <= maximumLength else { return nil }
    var best: (distance: Int, name: String)?
    for name in candidates where abs(name.utf8.count - typed.count) <= limit {
      let distance = distance(from: typed, to: ByteString(name).lowercased.bytes)
      guard distance <= limit, distance < name.utf8.count, name != word.string else { continue }
      if let best, (best.distance, best.name) <= (distance, name) { continue }
      best = (distance, name)
    }
    return best?.name
  }

  /// The Damerau-Levenshtein distance in which no part is edited twice.
  static func distance(from left: [UInt8], to right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let isSame = left[row] == right[column]
        var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (isSame ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current.append(cost)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
