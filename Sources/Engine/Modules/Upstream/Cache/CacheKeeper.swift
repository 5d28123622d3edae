import Bytes
import CLinux
package import Sockets

/// Keeps the folders of caches in order: finds the files that are there at the start, and removes
/// those that nobody asks for or that are too many.
///
/// It has a loop of its own, since it waits for the disk; confined to that, as the unchecked
/// conformance relies on.
package final class CacheKeeper: @unchecked Sendable {
  private let loop: EventLoop
  private var cares: [CacheCare] = []

  /// - Parameter loop: A loop that serves no requests.
  package init(on loop: EventLoop) { self.loop = loop }

  /// Cares for the caches of a site from now on; call it on the loop.
  package func keep(_ site: Site) {
    for care in cares { care.stop() }
    cares = site.cacheZones.values.map { CacheCare($0, site.errorLogs, on: loop) }
    for care in cares { care.start() }
  }
}

/// The care for one cache.
private final class CacheCare {
  private let zone: CacheZone
  private let logs: [ErrorLog]
  private let loop: EventLoop
  private var loader: CacheLoader?
  private var managing: Timer?
  private var loading: Timer?

  init(_ zone: CacheZone, _ logs: [ErrorLog], on loop: EventLoop) {
    self.zone = zone
    self.logs = logs
    self.loop = loop
  }

  func start() {
    managing = Timer(on: loop.timers) { [unowned self] in manage() }
    managing?.set(loop.now)
    guard zone.index.isCold else { return }
    let loader = CacheLoader(zone)
    self.loader = loader
    loading = Timer(on: loop.timers) { [unowned self] in load(loader) }
    loading?.set(loop.now)
  }

  func stop() {
    managing?.cancel()
    loading?.cancel()
  }

  private func load(_ loader: CacheLoader) {
    let limits = zone.settings.loader
    let isDone = loader.load(
      limits.files, until: deadline(of: limits), now: Int(loop.clock.seconds))
    guard isDone else {
      loading?.set(loop.deadline(after: Milliseconds(limits.pause.milliseconds)))
      return
    }
    zone.index.isCold = false
    self.loader = nil
    let size = zone.index.load.size
    logs.write(
      .notice, time: loop.clock.errorLogTime, connection: nil,
      ByteString("cache \"\(zone.path)\" has been loaded, \(size) bytes"))
  }

  private func deadline(of limits: CacheCareLimits) -> Milliseconds {
    linux_milliseconds(CLOCK_MONOTONIC) + Milliseconds(limits.threshold.milliseconds)
  }

  // MARK: - Removal

  private func manage() {
    let limits = zone.settings.manager
    let end = deadline(of: limits)
    var pause: Int?
    for _ in 0..<max(1, limits.files) where pause == nil {
      pause = removeNext()
      if linux_milliseconds(CLOCK_MONOTONIC) >= end { break }
    }
    let delay = pause.map { Milliseconds($0) * 1000 } ?? Milliseconds(limits.pause.milliseconds)
    managing?.set(loop.deadline(after: max(1, delay)))
  }

  /// Removes what has been inactive for too long, then what is too much.
  ///
  /// - Returns: After how many seconds to look again; nil where there may be more to do at once.
  private func removeNext() -> Int? {
    guard case .nothing(let wait) = zone.removeOldest(inactiveAt: Int(loop.clock.seconds)) else {
      return nil
    }
    guard isTooLarge else { return max(1, wait) }
    if case .nothing(let wait) = zone.removeOldest() { return max(1, wait) }
    return nil
  }

  private var isTooLarge: Bool {
    let (size, isCrowded) = zone.index.load
    if size >= zone.settings.maximumSize || isCrowded { return true }
    guard zone.settings.minimumFree > 0 else { return false }
    let free = linux_free_bytes(zone.path.string)
    return free >= 0 && free <= Int64(zone.settings.minimumFree)
  }
}

/// Finds the files of a cache that are on the disk, a few at a time.
final class CacheLoader {
  private let zone: CacheZone

  /// The folders that are being gone through, the innermost last.
  private var folders: [(path: ByteString, stream: OpaquePointer)] = []
  private var hasStarted = false

  init(_ zone: CacheZone) { self.zone = zone }

  deinit { for folder in folders { closedir(folder.stream) } }

  /// Adds files to the index.
  ///
  /// - Parameters:
  ///   - count: The most files.
  ///   - deadline: When to stop, of the monotonic clock.
  ///   - now: In seconds since 1970.
  /// - Returns: Whether all have been found.
  func load(_ count: Int, until deadline: Milliseconds, now: Int) -> Bool {
    if !hasStarted { enter(zone.path) }
    hasStarted = true
    var remaining = max(1, count)
    while remaining > 0, let (path, stream) = folders.last {
      guard let entry = readdir(stream) else {
        closedir(stream)
        folders.removeLast()
        continue
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { ByteString($0.prefix { $0 != 0 }) }
      if name.hasPrefix(".") { continue }
      remaining -= 1
      look(at: path + "/" + name, name, now: now)
      if linux_milliseconds(CLOCK_MONOTONIC) >= deadline { return folders.isEmpty }
    }
    return folders.isEmpty
  }

  private func enter(_ path: ByteString) {
    if let stream = opendir(path.string) { folders.append((path, stream)) }
  }

  private func look(at path: ByteString, _ name: ByteString, now: Int) {
    guard case .success(let facts) = FileFacts.of(path) else { return }
    if facts.kind == .directory {
      // Only the folders that `levels` makes are of interest.
      if folders.count <= zone.settings.levels.count, name.count <= 2 { enter(path) }
      return
    }
    guard facts.kind == .regular else { return }
    guard let digest = CacheDigest(fileName: name) else {
      let isTemporary = UnfinishedFile.isTemporary(name) { CacheDigest(fileName: $0) != nil }
      return isTemporary ? UnfinishedFile.removeIfLeftBehind(path) : ()
    }
    guard folders.count == zone.settings.levels.count + 1, path == zone.path(of: digest) else {
      return
    }
    _ = zone.index.add(digest, size: facts.diskSize, expiry: now + zone.inactive)
  }
}
