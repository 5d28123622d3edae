public import Bytes
import CLinux

/// Finds the addresses of names at run time with c-ares, driven by a loop.
///
/// Name servers take turns, as nginx's do: all questions about a name go to one of them, and to the
/// next where it is silent.
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

    /// How long a name server that the configuration names may be silent before another one is
    /// asked, in milliseconds.
    var patience: Milliseconds = 2_000

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
  private let servers: [NameServer]

  /// The name server that the next name is asked of first.
  private var nextServer = 0
  private var answers: [ByteString: Answer] = [:]
  private var lookups: [ByteString: NameLookup] = [:]

  /// - Throws: ``ResolveError/serverFailure`` where c-ares cannot start, as for lack of memory.
  public init(_ options: Options = Options(), on loop: EventLoop) throws(ResolveError) {
    self.options = options
    self.loop = loop
    var servers: [NameServer] = []
    for address in options.servers {
      servers.append(try NameServer(address, patience: options.patience, on: loop))
    }
    if servers.isEmpty { servers = [try NameServer(nil, on: loop)] }
    self.servers = servers
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

  // MARK: - Questions

  private func start(_ name: ByteString) -> NameLookup {
    let lookup = NameLookup(name: name, resolver: self)
    lookups[name] = lookup
    if options.servers.isEmpty {
      let family = !options.usesIPv6 ? AF_INET : !options.usesIPv4 ? AF_INET6 : AF_UNSPEC
      servers[0].ask(for: lookup, family: family)
    } else {
      ask(lookup)
    }
    return lookup
  }

  /// Asks one of the name servers that the configuration names, for each type of address.
  private func ask(_ lookup: NameLookup) {
    let types: [NameQuestion.RecordType] =
      (options.usesIPv4 ? [.a] : []) + (options.usesIPv6 ? [.aaaa] : [])
    lookup.questionCount = types.count
    let first = nextServer
    nextServer = (nextServer + 1) % servers.count
    for type in types {
      let question = NameQuestion(name: lookup.name, type: type)
      SentQuestion(question, of: lookup, server: first, count: servers.count).send()
    }
  }

  /// A name server by its number; numbers go round.
  func server(_ number: Int) -> NameServer { servers[number % servers.count] }

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
