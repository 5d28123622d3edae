import Bytes
import Config
import Synchronization

/// A cache while the configuration is read: it may be mentioned above its declaration.
final class CacheZoneDraft: HashableByIdentity, Sendable {
  let name: ByteString

  /// The protocol whose directives it belongs to: `proxy` or `fastcgi`.
  let prefix: String

  private let declared = Mutex<CacheZone?>(nil)

  init(name: ByteString, prefix: String) {
    self.name = name
    self.prefix = prefix
  }

  /// The cache; nil before it is declared.
  var zone: CacheZone? { declared.withLock { $0 } }

  /// - Returns: false where the cache has been declared before.
  func declare(_ settings: CachePathSettings, former: CacheZone?) -> Bool {
    declared.withLock {
      guard $0 == nil else { return false }
      $0 = CacheZone(name: name, settings: settings, former: former)
      return true
    }
  }
}

extension Load {
  /// The cache of a name, declared or not.
  ///
  /// - Throws: Where the name is that of another protocol's cache.
  func cacheZone(
    named name: ByteString, prefix: String, _ statement: Statement
  ) throws(Diagnostic) -> CacheZoneDraft {
    if let zone = cacheZones[name] {
      guard zone.prefix == prefix else {
        throw .custom(
          "the shared memory zone \"\(name)\" is already declared for a different use",
          at: statement)
      }
      return zone
    }
    let zone = CacheZoneDraft(name: name, prefix: prefix)
    cacheZones[name] = zone
    return zone
  }
}
