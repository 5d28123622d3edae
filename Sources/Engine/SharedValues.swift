/// What is made of settings while a configuration is loaded: once for all blocks that say the same.
///
/// Large configurations repeat themselves. What the requests of many locations read is in one place
/// then, and stays in the processor's caches.
final class SharedValues {
  private struct Key: Hashable {
    let source: ObjectIdentifier
    let type: ObjectIdentifier
  }

  /// What was made, with its source: an object that has gone may leave its identity to another.
  private var values: [Key: (source: AnyObject, value: AnyObject)] = [:]

  private lazy var core = SharedGroups<CoreSettings>()
  private lazy var headers = SharedGroups<HeadersSettings>()
  private lazy var proxy = SharedGroups<ProxySettings>()
  private lazy var fastCGI = SharedGroups<FastCGISettings>()
  private lazy var all = SharedGroups<Settings>()

  /// A value that follows from an object alone: the one that was made of it before, if any.
  func value<Value: AnyObject>(of source: AnyObject, _ make: () -> Value) -> Value {
    let key = Key(source: ObjectIdentifier(source), type: ObjectIdentifier(Value.self))
    if let value = values[key]?.value as? Value { return value }
    let value = make()
    values[key] = (source, value)
    return value
  }

  /// Puts in the place of settings, and of their groups, what says the same in other blocks.
  func share(_ settings: inout Inherited<Settings>) {
    all.share(&settings) { settings in
      core.share(&settings.value.core)
      headers.share(&settings.value.headers)
      proxy.share(&settings.value.proxy)
      fastCGI.share(&settings.value.fastCGI)
    }
  }
}

/// A class whose objects are equal to themselves only.
package protocol HashableByIdentity: AnyObject, Hashable {}

extension HashableByIdentity {
  package static func == (left: Self, right: Self) -> Bool { left === right }

  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// The groups of settings of one kind that blocks have had so far.
private final class SharedGroups<Value: Hashable & Sendable> {
  /// With how many of equal hashes a group is compared.
  ///
  /// Beyond that it is not worth the time: what differs so often is seldom equal.
  private let maximumComparisons = 8

  /// What takes the place of groups that several blocks have inherited; each keeps its identity.
  private var taken: [ObjectIdentifier: (group: ValueKeeper<Value>, shared: Inherited<Value>)] = [:]

  /// The different groups, by their hashes.
  private var groups: [Int: [Inherited<Value>]] = [:]

  /// Puts an equal group that was here before in the place of a group.
  ///
  /// - Parameter prepare: Changes a group that was not here before, ahead of comparing it.
  func share(
    _ group: inout Inherited<Value>, _ prepare: (inout Inherited<Value>) -> Void = { _ in }
  ) {
    // What blocks inherit is compared once, though it may be long.
    let inherited = group.isUniquelyKept ? nil : group.keeper
    if let inherited, let known = taken[ObjectIdentifier(inherited)] {
      group = known.shared
      return
    }
    prepare(&group)
    group = firstEqual(to: group)
    if let inherited { taken[ObjectIdentifier(inherited)] = (inherited, group) }
  }

  private func firstEqual(to group: Inherited<Value>) -> Inherited<Value> {
    let hash = group.value.hashValue
    if let equal = groups[hash]?.first(where: { $0.value == group.value }) { return equal }
    if groups[hash, default: []].count < maximumComparisons {
      groups[hash, default: []].append(group)
    }
    return group
  }
}
