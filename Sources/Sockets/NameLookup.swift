import Bytes
import CAres
import CLinux

/// What is being found out about a name: a question for each type of address, and who waits.
final class NameLookup {
  struct Entry { weak var waiter: Waiter? }

  /// What a name stands for.
  enum Content: Equatable {
    /// Its addresses with port 0; at least one.
    case addresses([SocketAddress])
    /// The name to ask for instead.
    case alias(ByteString)
  }

  let name: ByteString
  var waiters: [Entry] = []

  /// Whether somebody waits for the result.
  var hasWaiters: Bool { waiters.contains { $0.waiter != nil } }

  /// How many questions are to be answered before there is a result.
  var questionCount = 1

  private(set) var result: Result<Content, ResolveError>?
  private(set) weak var resolver: Resolver?
  private var addresses: [SocketAddress] = []
  private var failure: ResolveError?
  private var seconds: UInt32 = .max

  init(name: ByteString, resolver: Resolver?) {
    self.name = name
    self.resolver = resolver
  }

  /// Takes the answer to one of the questions.
  ///
  /// nginx's rules: a failure of either question is one of the name; addresses of either type will
  /// do; where there are none, the alias of the answer that came last counts.
  func finish(_ reply: Result<NameReply, ResolveError>) {
    questionCount -= 1
    var alias: ByteString?
    switch reply {
    case .failure(let error): failure = failure ?? error
    case .success(let reply):
      addresses += reply.addresses
      seconds = min(seconds, reply.seconds ?? .max)
      alias = reply.alias
    }
    guard questionCount == 0 else { return }
    if let failure {
      finish(with: .failure(failure))
    } else if !addresses.isEmpty {
      finish(with: .success(.addresses(addresses)))
    } else if let alias, !alias.isEmpty {
      finish(with: .success(.alias(alias)))
    } else {
      finish(with: .failure(.notFound))
    }
  }

  /// Takes what c-ares found by itself, aliases followed.
  func finish(_ status: CInt, _ found: UnsafeMutablePointer<ares_addrinfo>?) {
    defer { if let found { ares_freeaddrinfo(found) } }
    var next = found?.pointee.nodes
    while let node = next?.pointee {
      let length = socklen_t(node.ai_addrlen)
      let address = SocketAddress(linux_storage(node.ai_addr, length), length: length)
      if var address {
        address.port = 0
        addresses.append(address)
        seconds = min(seconds, UInt32(max(0, node.ai_ttl)))
      }
      next = node.ai_next
    }
    finish(
      with: addresses.isEmpty
        ? .failure(ResolveError(status: status) ?? .notFound) : .success(.addresses(addresses)))
  }

  private func finish(with result: Result<Content, ResolveError>) {
    self.result = result
    resolver?.finished(self, validity: Milliseconds(seconds) * 1_000)
    for entry in waiters { entry.waiter?.readinessChanged() }
  }
}

extension ResolveError {
  /// What c-ares reports; nil for success.
  init?(status: CInt) {
    switch Int(status) {
    case Int(ARES_SUCCESS): return nil
    case Int(ARES_EFORMERR), Int(ARES_EBADNAME), Int(ARES_EBADRESP): self = .formatError
    case Int(ARES_ENODATA), Int(ARES_ENOTFOUND): self = .notFound
    case Int(ARES_ENOTIMP): self = .notImplemented
    case Int(ARES_EREFUSED): self = .refused
    case Int(ARES_ETIMEOUT): self = .timedOut
    default: self = .serverFailure
    }
  }
}
