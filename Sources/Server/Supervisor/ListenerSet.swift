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
  /// A socket that would take connections from those in use does not listen before
  /// ``listen(at:_:report:)``: until then nobody accepts them, and where the plan is given up they
  /// would be reset.
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
      sockets.append(try ListeningSocket.bound(joining: sockets[0], place.options))
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
    let first = try ListeningSocket.bound(sharingPortOf: address, place.options)
    // The wildcard that has the connections so far keeps other programs away meanwhile.
    if !neighbours.contains(where: { $0.address.mayCover(address) }) {
      try first.listen(place.options)
    }
    var sockets = [first]
    while sockets.count < count {
      sockets.append(try ListeningSocket.bound(joining: first, place.options))
    }
    return sockets
  }

  /// Has all sockets of a plan listen, with its options, now that somebody accepts connections.
  ///
  /// - Parameter report: Told about each option that could not be changed.
  func listen(
    at wanted: Groups, _ places: [ServingPlan.Place], report: (String) -> Void
  ) {
    for place in places {
      for socket in wanted[place.address] ?? [] {
        do throws(SystemError) {
          try socket.listen(place.options)
        } catch {
          report("\(error.call)() of \(place.address.text) failed \(error.reason)")
        }
      }
    }
  }

  /// Holds the sockets of a plan from now on, and closes all others.
  func use(_ wanted: Groups) {
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

  /// The addresses in use that a plan with these sockets has no more.
  func addresses(missingFrom wanted: Groups) -> [SocketAddress] {
    groups.keys.filter { wanted[$0] == nil }
  }

  /// Closes sockets of a plan that is given up, and leaves no file of a Unix socket behind.
  func discard(_ unwanted: Groups) {
    for (address, sockets) in unwanted where groups[address] == nil && inherited[address] == nil {
      sockets.first?.unlinkPath()
      for socket in sockets { socket.close() }
    }
  }

  /// Leaves the files of Unix sockets alone, since another process listens there too.
  func share() { shared.formUnion(groups.keys) }

  /// Takes them back when that process has ended.
  func unshare() { shared = [] }

  /// Closes all sockets; the last worker may still have its own.
  func closeAll() { use([:]) }
}

extension SocketAddress {
  /// Whether connections to the other address, which has the same port, may come here as long as
  /// nobody listens there; an IPv6 wildcard may have IPv4 connections too.
  fileprivate func mayCover(_ other: SocketAddress) -> Bool {
    isWildcard && (family == other.family || family == AF_INET6)
  }
}
