import CLinux
import Engine
import Sockets

/// One loop of the worker with the sockets that it accepts connections from.
///
/// Confined to the loop's thread once that runs, as the unchecked conformance relies on.
final class WorkerLoop: @unchecked Sendable {
  let eventLoop: EventLoop
  let servingLoop: ServingLoop
  private let log: ProgramLog
  private let troubles: AcceptTroubles
  private let loopCount: Int
  private var places: [ListeningPlace] = []

  /// Whether all connections are taken that may be open, so that new ones wait in the queue.
  private var isFull = false

  /// How seriously that has been logged since there was ample room; nil where it has not been.
  private var fullness: LogLevel?

  /// Looks for connections that could make room.
  private var roomTimer: Timer?
  private static let roomPause: Milliseconds = 250
  private var isStopping = false

  /// Whether connections that did not end by themselves have been cut off.
  private var isCutOff = false
  private var patienceTimer: Timer?

  /// What cuts off requests of replaced sites, for each replacement that still has its time.
  private var replacementTimers: [Int: Timer] = [:]

  /// How long requests that are cut off may take to be logged.
  private static let lastWords: Milliseconds = 500

  init(
    on eventLoop: EventLoop, of loopCount: Int, site: Site, log: ProgramLog,
    troubles: AcceptTroubles
  ) {
    self.eventLoop = eventLoop
    self.loopCount = loopCount
    servingLoop = ServingLoop(eventLoop: eventLoop, site: site)
    self.log = log
    self.troubles = troubles
  }

  // MARK: - Serving

  /// Makes everything ready to take connections; call it on the loop.
  func start(_ configuration: ServedConfiguration) {
    servingLoop.whenClosed = { [unowned self] in connectionClosed() }
    eventLoop.lingeringSendEnded = { [unowned self] in connectionClosed() }
    listen(configuration)
  }

  /// Serves new requests from another site; call it on the loop.
  func replace(by configuration: ServedConfiguration) {
    guard !isStopping else { return }
    let former = servingLoop.site
    let replacement = servingLoop.replaceSite(by: configuration.site)
    for place in places where place.former == nil { place.former = former }
    listen(configuration)
    if let timeout = configuration.site.main.shutdownTimeout {
      cutOff(behind: replacement, after: Milliseconds(timeout.milliseconds))
    }
  }

  private func listen(_ configuration: ServedConfiguration) {
    for assigned in configuration.places {
      let endpoints = configuration.site.endpoints
      guard let point = configuration.site.endpoint(for: assigned.address) else { continue }
      let others = endpoints.filter { point.address.isWildcard(for: $0.address) }
      if let place = places.first(where: { $0.address == assigned.address }) {
        place.serve(point, others)
        continue
      }
      let place = ListeningPlace(assigned.address, point, others)
      place.acceptors = assigned.sockets(ofLoop: eventLoop.index, of: loopCount).map {
        acceptor($0, place)
      }
      places.append(place)
    }
  }

  private func acceptor(_ socket: ListeningSocket, _ place: ListeningPlace) -> Acceptor {
    Acceptor(
      socket, on: eventLoop, failed: { [unowned self] in troubles.report($0, to: log) },
      mayTake: { [unowned self] in hasRoomForMore() },
      opened: { [unowned self, unowned place] in opened($0, at: place) })
  }

  private func cutOff(behind replacement: Int, after patience: Milliseconds) {
    let lastNumber = ConnectionNumbers.last
    let timer = Timer(on: eventLoop.timers) { [unowned self] in
      servingLoop.cutOff(behind: replacement, openedUntil: lastNumber)
      // The caller is the timer itself; it goes when the batch is done.
      let timer = replacementTimers.removeValue(forKey: replacement)
      eventLoop.afterBatch { withExtendedLifetime(timer) {} }
    }
    replacementTimers[replacement] = timer
    timer.set(eventLoop.deadline(after: patience))
  }

  /// Takes connections at all addresses of the site, once that is in use, and gives up those that
  /// it has no more; call it on the loop.
  func settle() {
    for place in places { place.isOpen = true }
    if !isFull { startAccepting() }
    retire()
  }

  /// Answers what waits at addresses that are configured no more, and gives them up.
  private func retire() {
    guard places.contains(where: { $0.former != nil }) else { return }
    for place in places where place.former != nil { place.emptyQueues() }
    servingLoop.closeLeavingConnectionsSoon()
    places.removeAll { $0.former != nil }
  }

  // MARK: - Accepting

  private func startAccepting() {
    for acceptor in places.filter(\.isOpen).flatMap(\.acceptors) {
      do throws(SystemError) { try acceptor.start() } catch { troubles.report(error, to: log) }
    }
  }

  private func opened(_ stream: ByteStream, at place: ListeningPlace) {
    if !servingLoop.hasRoom, servingLoop.closeIdleConnections() {
      reportFullness(.warn, ", reusing connections")
    }
    let point = place.point(of: stream)
    if !point.isNoDelay, !point.address.isUnix {
      // Accepted sockets inherit the opposite.
      _ = linux_set_option(stream.socket.descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, 0)
    }
    point.adopt(stream, on: servingLoop, of: place.former)
    _ = hasRoomForMore()
  }

  /// Whether another connection may be taken; otherwise those that come wait in the queue from now
  /// on.
  private func hasRoomForMore() -> Bool {
    if mayAccept { return true }
    isFull = true
    reportFullness(.alert, "")
    for acceptor in places.flatMap(\.acceptors) { acceptor.stop() }
    lookForIdleConnections()
    return false
  }

  /// Says that there is no room, at each level once until half of it is free again.
  private func reportFullness(_ level: LogLevel, _ remedy: String) {
    guard level < fullness ?? .debug else { return }
    fullness = level
    let limit = servingLoop.site.main.workerConnections
    log.write(level, "\(limit) worker_connections are not enough\(remedy)")
  }

  /// While there is no room, takes connections again as soon as others have nothing to do.
  private func lookForIdleConnections() {
    let timer =
      roomTimer
      ?? Timer(on: eventLoop.timers) { [unowned self] in
        guard isFull, !isStopping else { return }
        if mayAccept { becomeOpen() } else { lookForIdleConnections() }
      }
    roomTimer = timer
    timer.set(eventLoop.deadline(after: WorkerLoop.roomPause))
  }

  /// Whether there is room, or can be made.
  private var mayAccept: Bool { servingLoop.hasRoom || servingLoop.hasIdleConnection }

  private func connectionClosed() {
    if fullness != nil, servingLoop.connectionCount < servingLoop.site.main.workerConnections / 2 {
      fullness = nil
    }
    // The last bytes of a connection may keep its place.
    if isFull, !isStopping, mayAccept { becomeOpen() }
  }

  private func becomeOpen() {
    isFull = false
    roomTimer?.cancel()
    startAccepting()
  }

  // MARK: - Stopping

  /// Writes what waits to be logged; call it on the loop, or when that has ended.
  func flushLogs() { servingLoop.flushLogs() }

  /// Takes no more connections and closes those it has when they are through; call it on the loop.
  ///
  /// - Parameters:
  ///   - timeout: After how long connections are cut off; nil for never.
  ///   - addresses: Where connections that wait to be accepted are answered, since nobody else
  ///     will; nil for everywhere.
  func drain(
    within timeout: TimeSpan?, emptying addresses: [SocketAddress]?,
    whenDrained: @escaping () -> Void
  ) {
    guard !isStopping else { return }
    isStopping = true
    for place in places {
      if addresses?.contains(place.address) ?? true {
        place.former = place.former ?? servingLoop.site
        place.emptyQueues()
      }
      for acceptor in place.acceptors { acceptor.stop() }
    }
    places = []
    servingLoop.whenDrained = { [unowned self] in
      patienceTimer?.cancel()
      whenDrained()
    }
    if let timeout { set(patience: Milliseconds(timeout.milliseconds), whenDrained) }
    servingLoop.drain()
  }

  /// Cuts off what still runs after a while; what does not notice that ends with the process.
  private func set(patience: Milliseconds, _ whenDrained: @escaping () -> Void) {
    let timer = Timer(on: eventLoop.timers) { [unowned self] in
      if isCutOff { return whenDrained() }
      isCutOff = true
      servingLoop.cutOff()
      patienceTimer?.set(eventLoop.deadline(after: WorkerLoop.lastWords))
    }
    patienceTimer = timer
    timer.set(eventLoop.deadline(after: patience))
  }
}

/// An address that one loop accepts connections at, and the endpoints that they belong to.
///
/// A wildcard address takes the connections of every other address with its port, since the
/// kernel would not bind them too; the connection's local address tells them apart then.
private final class ListeningPlace {
  let address: SocketAddress
  var acceptors: [Acceptor] = []

  /// Whether the configuration with the address is in use, so that all its sockets listen.
  var isOpen = false

  /// The site of the points where the address is configured no more; nil otherwise.
  var former: Site?

  private var point: any Endpoint
  private var others: [any Endpoint]

  init(_ address: SocketAddress, _ point: any Endpoint, _ others: [any Endpoint]) {
    self.address = address
    self.point = point
    self.others = others
  }

  /// Hands connections to the points of a new site.
  func serve(_ point: any Endpoint, _ others: [any Endpoint]) {
    self.point = point
    self.others = others
    former = nil
  }

  /// The endpoint that a connection was made to.
  func point(of stream: ByteStream) -> any Endpoint {
    if others.isEmpty { return point }
    guard let address = stream.localAddress else { return point }
    return others.first { $0.address == address } ?? point
  }

  func emptyQueues() {
    for acceptor in acceptors {
      acceptor.takeWaiting()
      acceptor.stop()
    }
  }
}
