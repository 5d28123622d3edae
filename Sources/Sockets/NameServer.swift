import Bytes
import CAres
import CLinux

/// A name server that a resolver asks by c-ares, or those of the system together.
///
/// A truncated answer is asked for again over TCP. Confined to its loop.
final class NameServer {
  /// How often the name servers of the system are asked, each time for longer.
  private static let attemptsOfSystem: CInt = 4

  private let loop: EventLoop
  private var channel: ares_channel?
  private var watches: [CInt: Watch] = [:]
  private var timer: Timer?

  /// - Parameters:
  ///   - address: nil for the name servers of the system, along with `/etc/hosts`.
  ///   - patience: How long an answer may take, in milliseconds.
  /// - Throws: ``ResolveError/serverFailure`` where c-ares cannot start, as for lack of memory.
  init(
    _ address: SocketAddress?, patience: Milliseconds = 2_000, on loop: EventLoop
  ) throws(ResolveError) {
    self.loop = loop
    guard NameServer.isLibraryReady, open(address, CInt(clamping: patience)) else {
      throw .serverFailure
    }
    timer = Timer(on: loop.timers) { [unowned self] in
      process(ares_no_socket, ares_no_socket)
    }
  }

  deinit {
    if let channel { ares_destroy(channel) }
  }

  private static let isLibraryReady = ares_library_init(ARES_LIB_INIT_ALL) == 0

  private func open(_ address: SocketAddress?, _ patience: CInt) -> Bool {
    var settings = ares_options()
    settings.timeout = patience
    settings.tries = address == nil ? NameServer.attemptsOfSystem : 1
    settings.sock_state_cb = { server, descriptor, reads, writes in
      guard let server else { return }
      Unmanaged<NameServer>.fromOpaque(server).takeUnretainedValue()
        .watch(descriptor, reads: reads != 0, writes: writes != 0)
    }
    settings.sock_state_cb_data = Unmanaged.passUnretained(self).toOpaque()
    var mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB
    guard let address else { return ares_init_options(&channel, &settings, mask) == 0 }
    // nginx asks the servers it was given and nothing else: no hosts file, no search list.
    // What a server answers holds, failures too: only silence makes another server be asked.
    settings.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOCHECKRESP
    mask |= ARES_OPT_FLAGS | ARES_OPT_LOOKUPS
    let isOpen = "b".withCString { lookups in
      settings.lookups = UnsafeMutablePointer(mutating: lookups)
      return ares_init_options(&channel, &settings, mask) == 0
    }
    return isOpen && ares_set_servers_ports_csv(channel, address.description) == 0
  }

  // MARK: - Questions

  /// Sends a question; the answer, or why there is none, goes to its object.
  func send(_ message: [UInt8], for sent: SentQuestion) {
    ares_send(
      channel, message, CInt(message.count),
      { sent, status, _, bytes, count in
        guard let sent else { return }
        let message = Array(UnsafeBufferPointer(start: bytes, count: Int(max(0, count))))
        Unmanaged<SentQuestion>.fromOpaque(sent).takeRetainedValue().finish(status, message)
      }, Unmanaged.passRetained(sent).toOpaque())
    setTimer()
  }

  /// Asks as the system's files say, which may be the hosts file, and with their search list.
  func ask(for lookup: NameLookup, family: CInt) {
    var hints = ares_addrinfo_hints()
    hints.ai_flags = NameServer.unsorted
    hints.ai_family = family
    ares_getaddrinfo(
      channel, lookup.name.string, nil, &hints,
      { lookup, status, _, found in
        guard let lookup else { return }
        Unmanaged<NameLookup>.fromOpaque(lookup).takeRetainedValue().finish(status, found)
      }, Unmanaged.passRetained(lookup).toOpaque())
    setTimer()
  }

  /// `ARES_AI_NOSORT`: the balancer orders addresses, and sorting opens sockets.
  private static let unsorted: CInt = 1 << 7

  // MARK: - Events

  private func watch(_ descriptor: CInt, reads: Bool, writes: Bool) {
    watches[descriptor]?.stop()
    watches[descriptor] = nil
    guard reads || writes else { return }
    // A descriptor that cannot be watched is asked again when its query times out.
    watches[descriptor] = try? Watch(descriptor, on: loop, reads: reads, writes: writes) {
      [unowned self] isReadable, isWritable in
      process(
        isReadable ? descriptor : ares_no_socket, isWritable ? descriptor : ares_no_socket)
    }
  }

  private func process(_ readable: CInt, _ writable: CInt) {
    ares_process_fd(channel, readable, writable)
    setTimer()
  }

  private func setTimer() {
    var span = timeval()
    guard ares_timeout(channel, nil, &span) != nil else {
      timer?.cancel()
      return
    }
    let milliseconds = UInt64(span.tv_sec) * 1_000 + UInt64(span.tv_usec) / 1_000 + 1
    timer?.set(loop.deadline(after: milliseconds))
  }
}

/// A question that has gone to a name server, and that others may be asked.
final class SentQuestion {
  private let question: NameQuestion
  private let lookup: NameLookup

  /// The number of the name server that is asked.
  private var server: Int

  /// How many name servers may still be asked because one cannot answer.
  private var replacements: Int

  /// - Parameters:
  ///   - server: The number of the name server that is asked first.
  ///   - count: How many name servers there are.
  init(_ question: NameQuestion, of lookup: NameLookup, server: Int, count: Int) {
    self.question = question
    self.lookup = lookup
    self.server = server
    replacements = count - 1
  }

  /// Sends the question with a new identifier.
  func send() {
    guard let resolver = lookup.resolver else { return lookup.finish(.failure(.serverFailure)) }
    guard let message = question.message() else { return lookup.finish(.failure(.notFound)) }
    resolver.server(server).send(message, for: self)
  }

  /// Takes an answer, or asks another name server.
  ///
  /// A format error is a name server's that does not understand the question. Silence is asked
  /// again for as long as somebody waits.
  fileprivate func finish(_ status: CInt, _ message: [UInt8]) {
    do throws(ResolveError) {
      if let error = ResolveError(status: status) { throw error }
      lookup.finish(.success(try NameReply(message, to: question.type)))
    } catch {
      guard isWorthAsking(after: error, status) else { return lookup.finish(.failure(error)) }
      server += 1
      send()
    }
  }

  private func isWorthAsking(after error: ResolveError, _ status: CInt) -> Bool {
    if error == .timedOut { return lookup.hasWaiters }
    guard error == .formatError || status == ARES_ECONNREFUSED, replacements > 0
    else { return false }
    replacements -= 1
    return true
  }
}
