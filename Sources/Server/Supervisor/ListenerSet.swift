import CLinux
import Sockets

/// The listening sockets of the program: the supervisor holds them, so that connections that wait
/// to be accepted outlive any worker.
final class ListenerSet {
  /// Sockets by address; each list has one socket for each loop, or one that the loops share.
  typealias Groups = [SocketAddress: [ListeningSocket]]

  private(set) var groups: Groups = [:]

  /// Sockets that the process which started this one has handed over.
  private var inherited: Groups

  /// Addresses whose sockets another process may use after this one.
  private var shared: Set<SocketAddress> = []

  /// - Parameter inherited: Descriptors of listening sockets; others are left alone.
  init(inherited: [CInt] = []) {
    let sockets = inherited.compactMap { ListeningSocket.inherited($0) }
    self.inherited = Dictionary(grouping: sockets, by: \.address)
    shared = Set(self.inherited.keys)
  }

  /// Opens what a place of a plan needs and is not open yet; see ``ListenerOpening``.
  ///
  /// - Parameter wanted: The sockets of the plan's other places.
  /// - Returns: All sockets of the place; what is in use has not changed.
  func sockets(
    of place: ServingPlan.Place, _ loopCount: Int, beside wanted: Groups
  ) throws(SystemError) -> [ListeningSocket] {
    let address = place.address
    guard var sockets = groups[address] ?? inherited[address] else {
      return try newSockets(of: place, loopCount, beside: wanted)
    }
    guard sockets.count < loopCount, !address.isUnix else { return sockets }
    for socket in sockets { try socket.allowSharing() }
    while sockets.count < loopCount {
      sockets.append(try ListeningSocket.open(joining: sockets[0], place.options))
    }
    return sockets
  }

  private func newSockets(
    of place: ServingPlan.Place, _ count: Int, beside wanted: Groups
  ) throws(SystemError) -> [ListeningSocket] {
    let address = place.address
    let neighbours = (Array(groups.values) + Array(inherited.values)).joined().filter {
      !address.isUnix && !$0.address.isUnix && $0.address.port == address.port
    }
    guard !neighbours.isEmpty else {
      return try ListeningSocket.openGroup(address, count: count, place.options)
    }
    // An address of ours that goes, such as a wildcard, would be in the way.
    for socket in neighbours { try socket.allowSharing() }
    let first = try ListeningSocket.open(sharingPortOf: address, place.options)
    var sockets = [first]
    while sockets.count < count {
      sockets.append(try ListeningSocket.open(joining: first, place.options))
    }
    return sockets
  }

  /// Holds the sockets of a plan from now on, with their options, and closes all others.
  ///
  /// - Parameter report: Told about each option that could not be changed.
  func use(_ wanted: Groups, _ places: [ServingPlan.Place], report: (String) -> Void) {
    for place in places {
      for socket in groups[place.address] ?? inherited[place.address] ?? [] {
        do throws(SystemError) {
          try socket.change(to: place.options)
        } catch {
          report("\(error.call)() of \(place.address.text) failed \(error.reason)")
        }
      }
    }
    use(wanted)
  }

  private func use(_ wanted: Groups) {
    for (address, sockets) in groups where wanted[address] == nil {
      if !shared.contains(address) { sockets.first?.unlinkPath() }
      for socket in sockets { socket.close() }
    }
    for (address, sockets) in inherited where wanted[address] == nil {
      for socket in sockets { socket.close() }
    }
    inherited = [:]
    groups = wanted
  }

  /// Leaves the files of Unix sockets alone, since another process listens there too.
  func share() { shared.formUnion(groups.keys) }

  /// Takes them back when that process has ended.
  func unshare() { shared = [] }

  /// Closes all sockets; the last worker may still have its own.
  func closeAll() { use([:]) }
}
