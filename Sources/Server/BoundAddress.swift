import Engine
import Sockets

/// A bound address, with a socket for each loop and the listen points that it serves.
///
/// A wildcard address takes the connections of every other address with its port, since the
/// kernel would not bind them too; the connection's local address tells them apart then.
struct BoundAddress: Sendable {
  /// The point that was bound.
  let point: ListenPoint

  /// The points with other addresses on the same port.
  let others: [ListenPoint]

  /// One for each loop; one alone where the loops share it.
  let sockets: [ListeningSocket]

  func socket(ofLoop index: Int) -> ListeningSocket { sockets[index % sockets.count] }

  /// Has the kernel refuse connections; a second call does nothing.
  func close() {
    sockets.first?.unlinkPath()
    for socket in sockets { socket.close() }
  }

  /// The listen point that a connection was made to.
  func point(of stream: ByteStream) -> ListenPoint {
    if others.isEmpty { return point }
    guard let address = stream.localAddress else { return point }
    return others.first { $0.address == address } ?? point
  }

  /// Binds the addresses of a site.
  ///
  /// - Parameter report: Told about each address that cannot be bound.
  /// - Returns: nil where any could not be bound.
  static func bind(
    _ points: [ListenPoint], loopCount: Int, report: (String) -> Void
  ) -> [BoundAddress]? {
    var bound: [BoundAddress] = []
    var hasFailed = false
    for point in points where point.wildcard(among: points) == nil {
      let others = points.filter { $0.wildcard(among: points) === point }
      do throws(SystemError) {
        let sockets = try ListeningSocket.openGroup(
          point.address, count: loopCount, point.options.ofSocket)
        bound.append(BoundAddress(point: point, others: others, sockets: sockets))
      } catch {
        hasFailed = true
        report("\(error.call)() to \(point.address.text) failed \(error.reason)")
      }
    }
    if hasFailed { report("still could not bind()") }
    return hasFailed ? nil : bound
  }
}

extension ListenPoint {
  /// The point with the wildcard address that takes this point's connections; nil for none.
  fileprivate func wildcard(among points: [ListenPoint]) -> ListenPoint? {
    guard !address.isWildcard, !address.isUnix else { return nil }
    return points.first {
      $0.address.isWildcard && $0.address.family == address.family
        && $0.address.port == address.port
    }
  }
}

extension ListenOptions {
  fileprivate var ofSocket: ListeningSocket.Options {
    var options = ListeningSocket.Options()
    options.backlog = CInt(clamping: backlog)
    options.isIPv6Only = isIPv6Only
    options.receiveBuffer = receiveBufferSize
    options.sendBuffer = sendBufferSize
    options.keepsAlive = keepsAlive
    options.keepAliveIdle = keepAliveIdle
    options.keepAliveInterval = keepAliveInterval
    options.keepAliveCount = keepAliveCount
    options.fastOpenQueue = fastOpenQueue
    options.defersAccept = isDeferred
    return options
  }
}
