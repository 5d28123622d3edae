import CLinux

/// The small sends of a batch of events, made together when its jobs are done.
///
/// A peer that sleeps is woken by the first bytes that it gets. With the work of other requests
/// between two sends it has answered and sleeps again by the second; together they find it awake,
/// and a wake-up costs more than all the rest of a send (ARCHITECTURE.md, "Where the time goes").
///
/// To a socket's user a send that is postponed is one that the kernel has taken: what is wrong with
/// it shows at the next attempt to write, or to read when nothing is there. Confined to the loop.
///
/// Soundness: the memory is allocated in `init`, freed in `deinit` and lent for the length of a
/// call; an entry's range lies within it by construction. An entry names its socket without
/// retaining it, and a socket that closes takes its entry out first.
final class PostponedSends {
  private struct Entry {
    var socket: Unmanaged<Socket>?
    var offset = 0
    var count = 0

    /// The number of the send among those that are made together.
    var place = 0
  }

  /// The largest send that is postponed, in bytes: beyond it copying costs more than it spares.
  private static let largestSend = 4_096
  private static let capacity = 65_536

  /// How many sends wait at most, so that the first one does not wait long.
  private static let maximumCount = SendRing.capacity

  private let memory: UnsafeMutableRawPointer
  private var used = 0

  /// Those below ``count`` are in use; in place, since an array counts references at each write.
  private var entries = InlineArray<64, Entry>(repeating: Entry())
  private var count = 0

  /// What sends are made together with; opened for the first batch that needs it.
  private var ring: SendRing?

  /// Whether a ring may be had; without one, sends are made one after the other.
  var mayUseRing = true

  /// When to try again to open one, in milliseconds of the monotonic clock.
  private var nextAttempt: UInt64 = 0
  private static let attemptInterval: UInt64 = 1_000

  /// Whether sends may be postponed: somebody will call ``sendAll()``, and is not doing so.
  var isOpen = false

  init() {
    memory = .allocate(byteCount: PostponedSends.capacity, alignment: 16)
    precondition(entries.count == PostponedSends.maximumCount)
  }

  deinit { memory.deallocate() }

  /// Takes bytes for a socket.
  ///
  /// - Returns: false where the socket must send them itself, after what was postponed before.
  func append(_ bytes: UnsafeRawBufferPointer, of socket: Socket) -> Bool {
    guard isOpen, bytes.count <= PostponedSends.largestSend, let start = bytes.baseAddress
    else { return false }
    if used &+ bytes.count > PostponedSends.capacity || count == PostponedSends.maximumCount {
      guard makeRoom(for: socket) else { return false }
    }
    if socket.postponedEntry < 0 {
      socket.postponedEntry = count
      entries[count] = Entry(socket: .passUnretained(socket), offset: used, count: bytes.count)
      count &+= 1
    } else if socket.postponedEntry == count &- 1 {
      entries[count &- 1].count &+= bytes.count
    } else {
      return false
    }
    let place = memory + used
    used &+= bytes.count
    place.copyMemory(from: start, byteCount: bytes.count)
    return true
  }

  /// Sends what is there, so that there is room.
  ///
  /// - Returns: Whether a socket may still send.
  @inline(never)
  private func makeRoom(for socket: Socket) -> Bool {
    sendAll()
    isOpen = true
    // What waited for this socket may have failed.
    return socket.canSend
  }

  /// Sends everything that waits.
  func sendAll() {
    // What sockets tell of failures may send in its turn: at once, so that the list stays as it is.
    isOpen = false
    guard count > 0 else { return }
    if count > 1, mayUseRing, let ring = ring ?? openRing() {
      sendTogether(ring)
    } else {
      for index in 0..<count { send(index) }
    }
    count = 0
    used = 0
  }

  private func openRing() -> SendRing? {
    let now = linux_milliseconds(CLOCK_MONOTONIC)
    guard now >= nextAttempt else { return nil }
    nextAttempt = now + PostponedSends.attemptInterval
    do throws(SystemError) {
      ring = try SendRing()
    } catch {
      // A want of descriptors or memory passes; a refusal does not.
      mayUseRing = [EMFILE, ENFILE, ENOMEM].contains(error.code)
    }
    return ring
  }

  /// Makes all sends: first those to servers, then those to clients.
  ///
  /// Who gets several of a batch is then still at work on one of them when the next arrives,
  /// instead of asleep again.
  private func sendTogether(_ ring: SendRing) {
    for isForServers in [true, false] {
      for index in 0..<count {
        guard let socket = entries[index].socket else { continue }
        socket._withUnsafeGuaranteedRef {
          guard $0.leadsToServer == isForServers else { return }
          entries[index].place = ring.add(bytes(of: entries[index]), to: $0.descriptor)
        }
      }
    }
    if !ring.send() {
      self.ring = nil
      mayUseRing = false
    }
    for index in 0..<count {
      takeOut(index) { socket, entry in
        socket.settlePostponed(bytes(of: entry), result: ring.result(of: entry.place))
      }
    }
  }

  /// Sends what one socket has postponed.
  func send(_ index: Int) {
    takeOut(index) { socket, entry in socket.sendPostponed(bytes(of: entry)) }
  }

  /// Takes an entry out, unless its socket has done so, and hands both to a function.
  private func takeOut(_ index: Int, _ body: (Socket, Entry) -> Void) {
    let entry = entries[index]
    guard let socket = entry.socket else { return }
    entries[index].socket = nil
    socket._withUnsafeGuaranteedRef {
      $0.postponedEntry = -1
      body($0, entry)
    }
  }

  private func bytes(of entry: Entry) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: memory + entry.offset, count: entry.count)
  }
}
