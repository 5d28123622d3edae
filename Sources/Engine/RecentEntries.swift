package import Bytes

/// A table of bounded size: where it is full, the entry that was not used for longest goes.
package struct RecentEntries<Value> {
  private struct Entry {
    let key: ByteString
    var value: Value
    var newer: Int?
    var older: Int?
  }

  private let capacity: Int
  private var places: [ByteString: Int] = [:]
  private var entries: [Entry] = []
  private var newest: Int?
  private var oldest: Int?

  /// An empty table.
  ///
  /// - Parameter capacity: The most entries, at least 1.
  package init(capacity: Int) { self.capacity = max(1, capacity) }

  /// The number of entries.
  package var count: Int { entries.count }

  /// The value of a key; setting one makes it the newest, reading does not.
  package subscript(key: ByteString) -> Value? {
    get { places[key].map { entries[$0].value } }
    set {
      guard let newValue else { return }
      if let place = places[key] {
        entries[place].value = newValue
        moveToFront(place)
      } else {
        insert(key, newValue)
      }
    }
  }

  private mutating func insert(_ key: ByteString, _ value: Value) {
    let entry = Entry(key: key, value: value)
    if entries.count < capacity {
      entries.append(entry)
      places[key] = entries.count - 1
      link(entries.count - 1)
    } else if let oldest {
      unlink(oldest)
      places[entries[oldest].key] = nil
      entries[oldest] = entry
      places[key] = oldest
      link(oldest)
    }
  }

  private mutating func moveToFront(_ place: Int) {
    guard newest != place else { return }
    unlink(place)
    link(place)
  }

  private mutating func unlink(_ place: Int) {
    let (newer, older) = (entries[place].newer, entries[place].older)
    if let newer { entries[newer].older = older } else { newest = older }
    if let older { entries[older].newer = newer } else { oldest = newer }
  }

  private mutating func link(_ place: Int) {
    entries[place].newer = nil
    entries[place].older = newest
    if let newest { entries[newest].newer = place }
    newest = place
    if oldest == nil { oldest = place }
  }
}
