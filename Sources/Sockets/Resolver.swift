public import Bytes
import CAres
import CLinux

/// Finds the addresses of names at run time with c-ares, driven by a loop.
///
/// Answers are kept for as long as their time to live says. Questions for one name that come while
/// it is being asked for share the answer. A name that is the alias of another one (`CNAME`) sends
/// whoever waits on to that one, which is a question of its own, as in nginx.
///
/// Confined to its loop, as the unchecked conformance to `Sendable` relies on.
public final class Resolver: @unchecked Sendable {
  /// What the `resolver` directive says.
  public struct Options: Hashable, Sendable {
    /// The name servers; none means the system's, along with `/etc/hosts`.
    public var servers: [SocketAddress] = []
    /// How long answers are kept, in milliseconds; nil goes by their time to live.
    public var validity: Milliseconds?

    /// Whether IPv4 addresses are asked for.
    public var usesIPv4 = true

    /// Whether IPv6 addresses are asked for.
    public var usesIPv6 = true

    /// The name servers of the system.
    public init() {}
  }

  /// The most names whose answers are kept.
  private static let maximumKept = 4_096

  /// The most aliases that are followed for a name.
  private static let maximumAliases = 50

  private struct Answer {
    let content: NameLookup.Content
    let expiry: Milliseconds
  }

  private let options: Options
  private let loop: EventLoop
  private var channel: ares_channel?
  private var watches: [CInt: Watch] = [:]
  private var timer: Timer?
  private var answers: [ByteString: Answer] = [:]
  private var lookups: [ByteString: NameLookup] = [:]

  /// - Throws: ``ResolveError/serverFailure`` where c-ares cannot start, as for lack of memory.
  public init(_ options: Options = Options(), on loop: EventLoop) throws(ResolveError) {
    self.options = options
    self.loop = loop
    guard Resolver.isLibraryReady, open() else { throw .serverFailure }
    timer = Timer(on: loop.timers) { [unowned self] in
      process(ares_no_socket, ares_no_socket)
    }
  }

  deinit {
    if let channel { ares_destroy(channel) }
  }

  /// The addresses of a name, each with port 0; at least one.
  ///
  /// - Parameters:
  ///   - name: A host name, or an address, which is returned as it is.
  ///   - timeout: The longest wait, nginx's `resolver_timeout`.
  public func resolve(
    _ name: ByteString, waiter: Waiter, timeout: Milliseconds = 30_000
  ) async throws(ResolveError) -> [SocketAddress] {
    if let address = SocketAddress(hostText: name, port: 0) { return [address] }
    let deadline = loop.deadline(after: timeout)
    var name = name.lowercased
    if name.hasSuffix(".") { name = name[0..<name.count - 1] }
    for _ in 0...Resolver.maximumAliases {
      switch try await content(of: name, waiter, deadline) {
      case .addresses(let addresses): return addresses
      case .alias(let other): name = other
      }
    }
    throw .notFound
  }

  /// What is known or found out about one name, before aliases are followed.
  private func content(
    of name: ByteString, _ waiter: Waiter, _ deadline: Milliseconds
  ) async throws(ResolveError) -> NameLookup.Content {
    if let answer = answers[name], answer.expiry > loop.now { return answer.content }
    let lookup = lookups[name] ?? start(name)
    lookup.waiters.append(NameLookup.Entry(waiter: waiter))
    defer { lookup.waiters.removeAll { $0.waiter === waiter } }
    while true {
      if let result = lookup.result { return try result.get() }
      switch await waiter.wait(until: deadline) {
      case .ready: continue
      case .timedOut: throw .timedOut
      case .interrupted: throw .interrupted
      }
    }
  }

  /// The addresses of a name by the system's resolver, which blocks; nil where there are none.
  ///
  /// For the time before the loops run: nothing else may block.
  public static func resolveAtStart(_ name: ByteString) -> [SocketAddress]? {
    if let address = SocketAddress(hostText: name, port: 0) { return [address] }
    var found: UnsafeMutablePointer<addrinfo>?
    guard linux_addresses(name.string, &found) == 0 else { return nil }
    defer { freeaddrinfo(found) }
    var addresses: [SocketAddress] = []
    var next = found
    while let node = next?.pointee {
      let storage = linux_storage(node.ai_addr, node.ai_addrlen)
      if let address = SocketAddress(storage, length: node.ai_addrlen) { addresses.append(address) }
      next = node.ai_next
    }
    return addresses.isEmpty ? nil : addresses
  }

  // MARK: - c-ares

  private static let isLibraryReady = ares_library_init(ARES_LIB_INIT_ALL) == 0

  private func open() -> Bool {
    var settings = ares_options()
    settings.timeout = 2_000
    settings.tries = 4
    settings.sock_state_cb = { resolver, descriptor, reads, writes in
      guard let resolver else { return }
      Unmanaged<Resolver>.fromOpaque(resolver).takeUnretainedValue()
        .watch(descriptor, reads: reads != 0, writes: writes != 0)
    }
    settings.sock_state_cb_data = Unmanaged.passUnretained(self).toOpaque()
    var mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB
    guard !options.servers.isEmpty else { return ares_init_options(&channel, &settings, mask) == 0 }
    // nginx asks the servers it was given and nothing else: no hosts file, no search list.
    // What a server answers holds, failures too: only silence makes another server be asked.
    settings.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOCHECKRESP
    mask |= ARES_OPT_FLAGS | ARES_OPT_LOOKUPS | ARES_OPT_ROTATE
    let isOpen = "b".withCString { lookups in
      settings.lookups = UnsafeMutablePointer(mutating: lookups)
      return ares_init_options(&channel, &settings, mask) == 0
    }
    let servers = options.servers.map(\.description).joined(separator: ",")
    return isOpen && ares_set_servers_ports_csv(channel, servers) == 0
  }

  private func start(_ name: ByteString) -> NameLookup {
    let lookup = NameLookup(name: name, resolver: self)
    lookups[name] = lookup
    if options.servers.isEmpty { askSystem(lookup) } else { ask(lookup) }
    setTimer()
    return lookup
  }

  /// Asks as the system's files say, which may be the hosts file, and with their search list.
  private func askSystem(_ lookup: NameLookup) {
    var hints = ares_addrinfo_hints()
    hints.ai_flags = Resolver.unsorted
    hints.ai_family =
      !options.usesIPv6 ? AF_INET : !options.usesIPv4 ? AF_INET6 : AF_UNSPEC
    ares_getaddrinfo(
      channel, lookup.name.string, nil, &hints,
      { lookup, status, _, found in
        guard let lookup else { return }
        Unmanaged<NameLookup>.fromOpaque(lookup).takeRetainedValue().finish(status, found)
      }, Unmanaged.passRetained(lookup).toOpaque())
  }

  /// Asks the name servers that the configuration names, for each type of address.
  private func ask(_ lookup: NameLookup) {
    let types: [NameQuestion.RecordType] =
      (options.usesIPv4 ? [.a] : []) + (options.usesIPv6 ? [.aaaa] : [])
    lookup.questionCount = types.count
    for type in types {
      let question = NameQuestion(name: lookup.name, type: type)
      send(SentQuestion(question, of: lookup, attemptsLeft: options.servers.count))
    }
  }

  fileprivate func send(_ sent: SentQuestion) {
    guard let message = sent.question.message() else {
      return sent.lookup.finish(.failure(.notFound))
    }
    ares_send(
      channel, message, CInt(message.count),
      { sent, status, _, bytes, count in
        guard let sent else { return }
        let message = Array(UnsafeBufferPointer(start: bytes, count: Int(max(0, count))))
        Unmanaged<SentQuestion>.fromOpaque(sent).takeRetainedValue().finish(status, message)
      }, Unmanaged.passRetained(sent).toOpaque())
  }

  /// `ARES_AI_NOSORT`: the balancer orders addresses, and sorting opens sockets.
  private static let unsorted: CInt = 1 << 7

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

  func finished(_ lookup: NameLookup, validity: Milliseconds) {
    lookups[lookup.name] = nil
    guard case .success(let content)? = lookup.result else { return }
    let expiry = loop.deadline(after: options.validity ?? validity)
    if answers.count >= Resolver.maximumKept { dropExpired() }
    answers[lookup.name] = Answer(content: content, expiry: expiry)
  }

  private func dropExpired() {
    answers = answers.filter { $0.value.expiry > loop.now }
    if answers.count >= Resolver.maximumKept { answers.removeAll() }
  }
}

/// A question that has gone to a name server.
private final class SentQuestion {
  let question: NameQuestion
  let lookup: NameLookup
  private var attemptsLeft: Int

  init(_ question: NameQuestion, of lookup: NameLookup, attemptsLeft: Int) {
    self.question = question
    self.lookup = lookup
    self.attemptsLeft = attemptsLeft
  }

  /// A format error is a name server's that does not understand the question; another one is asked.
  func finish(_ status: CInt, _ message: [UInt8]) {
    attemptsLeft -= 1
    do throws(ResolveError) {
      if let error = ResolveError(status: status) { throw error }
      lookup.finish(.success(try NameReply(message, to: question.type)))
    } catch {
      if error == .formatError, attemptsLeft > 0, let resolver = lookup.resolver {
        resolver.send(self)
      } else {
        lookup.finish(.failure(error))
      }
    }
  }
}
