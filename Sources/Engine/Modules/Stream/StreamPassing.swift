import Bytes
import CLinux
import Sockets

/// The way of a session to a server: choose one, connect, and again with the next where that fails.
extension StreamSession {
  /// Finds the group of servers that a value names; nil where there is none, and it was logged.
  func group(named text: ByteString) async -> Upstream? {
    do throws(UpstreamAddress.Problem) {
      let parsed = try UpstreamAddress(text, defaultPort: 0)
      if let address = parsed.address, address.isUnix || address.port > 0 {
        return Upstream(name: text, addresses: [address])
      }
      if let group = declared(parsed) { return group }
      guard let port = parsed.port else {
        logError(.error, "no port in upstream \"\(text)\"")
        return nil
      }
      return await resolve(UnresolvedHost(name: parsed.host, port: port))
    } catch {
      logError(.error, "\(error.message) in upstream \"\(text)\"")
      return nil
    }
  }

  private func declared(_ parsed: UpstreamAddress) -> Upstream? {
    let host = parsed.host.lowercased
    guard let port = parsed.port else { return site.stream?.upstreams[host] }
    return site.stream?.implicitUpstreams[ImplicitUpstream(host: host, port: port)]
  }

  private func resolve(_ host: UnresolvedHost) async -> Upstream? {
    let core = settings.core
    do throws(UnresolvedHost.Problem) {
      return try await host.resolve(
        with: core.resolver, within: core.resolverTimeout, on: servingLoop, waiter)
    } catch {
      logError(.error, error.sentence)
      return nil
    }
  }

  /// Connects to a server of a group.
  ///
  /// - Returns: The status; nil where bytes travel from now on.
  func pass(to group: Upstream) async -> Int? {
    if group.hasNamesToLookUp {
      await group.lookUpNames(on: servingLoop, settings.core.value, waiter)
    }
    let chooser = group.chooser(for: peerAddress, on: loop) { $0.value(for: self) }
    let limit = settings.stream.nextTries
    if limit > 0 { chooser.remainingTries = min(chooser.remainingTries, limit) }
    let start = loop.now
    while let peer = chooser.next() {
      attempts.append(StreamAttempt(name: peer.name))
      guard servingLoop.makeRoomForUpstream() else {
        logError(
          .alert, "\(servingLoop.site.main.workerConnections) worker_connections are not enough")
        chooser.finished(peer, failed: false)
        return 500
      }
      let attemptStart = loop.now
      do throws(StreamError) {
        let stream = try await connect(to: peer)
        attempts[attempts.count - 1].connectTime = loop.now - attemptStart
        chooser.connected(to: peer)
        startRelay(to: stream, peer, chooser, since: attemptStart)
        return nil
      } catch {
        attempts[attempts.count - 1].time = loop.now - attemptStart
        guard error != .interrupted else {
          chooser.finished(peer, failed: false)
          return 200
        }
        guard !error.isLocal else {
          chooser.finished(peer, failed: false)
          logError(.crit, "\(error) while connecting to upstream", upstream: peer.name)
          return 500
        }
        note(error, peer, chooser)
        guard mayGoOn(chooser, since: start) else { return 502 }
      }
    }
    attempts.append(StreamAttempt(name: group.name))
    logError(.error, "no live upstreams while connecting to upstream", upstream: group.name)
    return 502
  }

  private func note(_ error: StreamError, _ peer: Peer, _ chooser: PeerChooser) {
    let problem = error == .timedOut ? "upstream \(error)" : "\(error)"
    logError(.error, problem + " while connecting to upstream", upstream: peer.name)
    if chooser.finished(peer, failed: true) {
      logError(
        .warn, "upstream server temporarily disabled while connecting to upstream",
        upstream: peer.name)
    }
  }

  private func mayGoOn(_ chooser: PeerChooser, since start: Milliseconds) -> Bool {
    let limit = Milliseconds(settings.stream.nextTimeout.milliseconds)
    return settings.stream.triesNext && chooser.remainingTries > 0
      && (limit == 0 || loop.now - start < limit)
  }

  private func connect(to peer: Peer) async throws(StreamError) -> ByteStream {
    let stream = settings.stream
    // It takes a place from the start.
    servingLoop.upstreamCounter.opened()
    defer { servingLoop.upstreamCounter.closed() }
    let source = stream.localAddress.flatMap {
      SocketAddress($0.value(for: self), defaultPort: 0)
    }
    let connection = try await Connector.connect(
      to: peer.address, from: source, on: loop, waiter: waiter,
      deadline: loop.deadline(after: Milliseconds(stream.connectTimeout.milliseconds)))
    let descriptor = connection.socket.descriptor
    if stream.keepsAlive { _ = linux_set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1) }
    if !settings.core.isNoDelay { connection.socket.wantsNoDelay = false }
    return connection
  }

  private func startRelay(
    to stream: ByteStream, _ peer: Peer, _ chooser: PeerChooser, since start: Milliseconds
  ) {
    logInfo {
      "proxy " + (stream.localAddress?.text ?? "") + " connected to " + peer.name
    }
    join(
      StreamRelay(
        self,
        UpstreamConnection(stream: stream, peer: peer, counter: servingLoop.upstreamCounter),
        chooser, since: start, first: settings.stream.sendsProxyProtocol ? greeting : nil))
  }

  /// The line of the PROXY protocol's version 1 that names the client.
  ///
  /// Source: HAProxy, "The PROXY protocol, versions 1 & 2", section 2.1.
  private var greeting: ByteString {
    let family: ByteString
    switch peerAddress.host {
    case .v4: family = "TCP4"
    case .v6: family = "TCP6"
    case .unix: return "PROXY UNKNOWN\r\n"
    }
    guard let local = localAddress else { return "PROXY UNKNOWN\r\n" }
    let words = [
      "PROXY", family, peerAddress.hostText, local.hostText, ByteString(decimal: peerAddress.port),
      ByteString(decimal: local.port),
    ]
    return words.dropFirst().reduce(words[0]) { $0 + " " + $1 } + "\r\n"
  }
}

/// A session whose bytes travel both ways.
final class StreamRelay: Relay {
  private let session: StreamSession

  /// nil once it is closed, so that it counts no more.
  private var upstream: UpstreamConnection?
  private let peer: Peer
  private let chooser: PeerChooser
  private let startTime: Milliseconds

  /// - Parameters:
  ///   - startTime: When the server was chosen.
  ///   - text: What the server gets first; nil for nothing.
  init(
    _ session: StreamSession, _ upstream: UpstreamConnection, _ chooser: PeerChooser,
    since startTime: Milliseconds, first text: ByteString?
  ) {
    self.session = session
    self.upstream = upstream
    peer = upstream.peer
    self.chooser = chooser
    self.startTime = startTime
    let settings = session.settings.stream.value
    super.init(
      client: session.stream, upstream: upstream.stream,
      toUpstream: text.map { text in
        let buffer = session.loop.buffers.take(text.count)
        buffer.append(text)
        return buffer
      },
      toClient: nil, timeout: Milliseconds(settings.timeout.milliseconds),
      bufferSize: max(1, settings.bufferSize), isHalfClosable: settings.isHalfClosable)
  }

  override func timedOut() {
    noteCounts()
    session.logError(
      .info, "connection timed out (110: Connection timed out) while proxying connection",
      upstream: peer.name)
  }

  override func failed(_ error: StreamError, _ level: LogLevel) {
    noteCounts()
    session.logError(level, "\(error) while proxying connection", upstream: peer.name)
  }

  override func ended() {
    noteCounts()
    let side: ByteString = toClient.hasEnded ? "upstream" : "client"
    if toClient.hasEnded || toUpstream.hasEnded {
      session.logInfo { side + " disconnected" + session.counts }
    }
    upstream?.close()
    upstream = nil
    chooser.finished(peer, failed: false)
    session.end(200)
  }

  private func noteCounts() {
    session.receivedCount = toUpstream.receivedCount
    session.sentCount = toClient.byteCount
    let last = session.attempts.count - 1
    session.attempts[last].sentCount = toUpstream.byteCount
    session.attempts[last].receivedCount = toClient.receivedCount
    session.attempts[last].firstByteTime = toClient.firstTime.map { $0 - startTime }
    session.attempts[last].time = loop.now - startTime
  }
}
