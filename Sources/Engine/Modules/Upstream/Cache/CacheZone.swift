package import Bytes
import CLinux
import Sockets

/// A cache as `proxy_cache_path` declares it: a folder, and what all loops know of its files.
package final class CacheZone: Sendable {
  /// The name in `keys_zone`.
  let name: ByteString

  let settings: CachePathSettings

  /// What is stored; it outlives a reload that leaves the folder and the size of the zone alone.
  let index: CacheIndex

  init(name: ByteString, settings: CachePathSettings, former: CacheZone?) {
    self.name = name
    self.settings = settings
    let isSame =
      former?.settings.path == settings.path && former?.settings.levels == settings.levels
      && former?.index.byteCount == settings.byteCount
    index = (isSame ? former?.index : nil) ?? CacheIndex(byteCount: settings.byteCount)
  }

  /// The full path of the folder.
  package var path: ByteString { settings.path }

  /// The seconds after which a response goes that nobody asks for.
  var inactive: Int { settings.inactive }

  /// The full path of a response's file: with `levels=1:2`, a digest that ends in `29c` is the
  /// file `c/29/…29c`.
  func path(of digest: CacheDigest) -> ByteString {
    let name = digest.fileName
    var path = settings.path
    for folder in settings.folders(of: name) {
      path.append(UInt8(ascii: "/"))
      path.append(folder)
    }
    path.append(UInt8(ascii: "/"))
    path.append(name)
    return path
  }

  /// Makes the folders that a file stands in.
  func makeFolders(of digest: CacheDigest) {
    var path = settings.path
    mkdir(path.string, 0o700)
    for folder in settings.folders(of: digest.fileName) {
      path.append(UInt8(ascii: "/"))
      path.append(folder)
      mkdir(path.string, 0o700)
    }
  }

  /// Looks for a response in the index, and makes room for it where it is new.
  func find(
    _ digest: CacheDigest, held: CacheNode?, minimumUses: Int, now: Int
  ) -> (node: CacheNode, finding: CacheIndex.Finding)? {
    let find = { [self] in
      index.find(digest, held: held, minimumUses: minimumUses, now: now, inactive: inactive)
    }
    if let found = find() { return found }
    if case .nothing = removeOldest() { return nil }
    return find()
  }

  /// Removes the response that was not asked for longest.
  ///
  /// - Parameter now: Only one that has been inactive for long enough; nil for any.
  func removeOldest(inactiveAt now: Int? = nil) -> CacheIndex.Removal {
    let removal = index.removeOldest(inactiveAt: now)
    if case .file(let node) = removal {
      unlink(path(of: node.digest).string)
      index.removed(node)
    }
    return removal
  }
}

/// What `proxy_cache_path` says.
struct CachePathSettings: Sendable, Equatable {
  /// The full path of the folder, without a slash at its end.
  var path = ByteString()

  /// The numbers of digits that name the folders below it.
  var levels: [Int] = []

  /// The size of the keys zone, in bytes.
  var byteCount = 0
  /// In seconds.
  var inactive = 600

  /// What the files may take of the disk, and what must stay free there, in bytes.
  var maximumSize = Int.max
  var minimumFree = 0
  var manager = CacheCareLimits()
  var loader = CacheCareLimits()

  /// The folders that a file stands in, from the last digits of its name on.
  func folders(of name: ByteString) -> [ByteString] {
    var end = name.count
    return levels.map { count in
      end -= count
      return name[end..<end + count]
    }
  }
}

/// How much is done at once for the files of a cache.
struct CacheCareLimits: Sendable, Equatable {
  var files = 100
  var pause = TimeSpan.milliseconds(50)

  /// How long it may take.
  var threshold = TimeSpan.milliseconds(200)
}
