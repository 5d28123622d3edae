import Sockets

/// What all loops know of one stored response, or of one that is on its way.
///
/// Soundness: everything that changes is touched under the lock of the ``CacheIndex`` alone, and a
/// node leaves the list before the index lets it go.
final class CacheNode: @unchecked Sendable {
  let digest: CacheDigest

  /// How many requests have asked for it.
  var useCount = 0

  /// How many requests, or removals, are under way that refer to it.
  var holderCount = 0

  /// Whether there should be a file.
  var isStored = false

  /// Whether a request is fetching the response.
  var isUpdating = false

  /// The mark of that request, or of the last one.
  var updateMark = 0

  /// Until when others wait for that request, in milliseconds of the loops' time.
  var lockTime: Milliseconds = 0

  /// A status that answers requests until a point of time, in seconds since 1970.
  var failure: (status: Int, until: Int)?

  /// When the response has been without requests for long enough, in seconds since 1970.
  var expiry = 0

  /// What the file takes of the disk, in bytes.
  var size = 0

  /// Whether the file is being removed.
  var isDeleting = false

  /// Who waits for the fetching request; one that looks again still waits once.
  var waiters: [UnsafeMutableRawPointer: CacheWaiter] = [:]

  unowned(unsafe) var newer: CacheNode?
  unowned(unsafe) var older: CacheNode?

  init(_ digest: CacheDigest) { self.digest = digest }

  /// Forgets what was stored.
  func renew() {
    failure = nil
    isStored = false
  }
}

/// A request that waits until another one has fetched the response.
///
/// A waiter may only be freed on its own loop, and the index may be the last to know of it: so it
/// is held by hand, and the loop lets it go.
final class CacheWaiter: Sendable {
  private let loop: EventLoop
  private let waiter: Unmanaged<Waiter>

  init(loop: EventLoop, waiter: Waiter) {
    self.loop = loop
    self.waiter = .passRetained(waiter)
  }

  deinit {
    let waiter = waiter
    loop.submit { waiter.release() }
  }

  /// What tells requests apart, as long as they wait.
  var key: UnsafeMutableRawPointer { waiter.toOpaque() }

  /// Lets the request look again; may be called from any thread.
  func wake() {
    let waiter = waiter
    loop.submit { waiter.takeUnretainedValue().readinessChanged() }
  }
}
