import CLinux
import Testing

@testable import Sockets

/// A name server that answers every question for IPv4 addresses with 192.0.2.7, for 60 seconds.
///
/// The first letter of a name says otherwise: `m` for a missing one, `r` for one that is refused,
/// `f` for a format error of the first question, `c` for an alias: the rest of the name.
final class AnsweringServer {
  let descriptor: CInt
  let address: SocketAddress
  private(set) var questionCount = 0

  /// How many questions at the beginning get no answer.
  var ignoredCount = 0

  private let truncates: Bool
  private var watch: Watch?

  /// - Parameter truncates: Whether answers say that they do not fit and have to be asked for over
  ///   TCP, where nobody answers.
  init(on loop: EventLoop, truncates: Bool = false) throws {
    self.truncates = truncates
    descriptor = linux_datagram_socket(AF_INET)
    _ = SocketAddress.loopback0.withStorage { [descriptor] in linux_bind(descriptor, $0, $1) }
    var storage = sockaddr_storage()
    var length = socklen_t(0)
    _ = linux_local(descriptor, &storage, &length)
    address = try #require(SocketAddress(storage, length: length))
    watch = try Watch(descriptor, on: loop, reads: true, writes: false) { [unowned self] _, _ in
      answer()
    }
  }

  deinit {
    watch?.stop()
    close(descriptor)
  }

  private func answer() {
    var question = [UInt8](repeating: 0, count: 512)
    var peer = sockaddr_storage()
    var length = socklen_t(0)
    let count = linux_receive_from(descriptor, &question, 512, &peer, &length)
    guard count > 12 else { return }
    questionCount += 1
    guard questionCount > ignoredCount else { return }
    // The question ends after its name, type and class; what follows is EDNS.
    let nameEnd = question[12...].firstIndex(of: 0) ?? 12
    let isIPv4 = question[nameEnd + 2] == 1
    let isMissing = question[13] == UInt8(ascii: "m")
    let isRefused = question[13] == UInt8(ascii: "r")
    let isBroken = question[13] == UInt8(ascii: "f") && questionCount == 1
    let isAlias = question[13] == UInt8(ascii: "c")
    var answer = Array(question[0..<nameEnd + 5])
    answer[2] = truncates ? 0x83 : 0x81
    answer[3] = isMissing ? 0x83 : isRefused ? 0x85 : isBroken ? 0x81 : 0x80
    let hasAddress = isIPv4 && !isMissing && !isRefused && !isBroken && !isAlias
    answer[7] = hasAddress || isAlias ? 1 : 0
    answer[11] = 0
    if hasAddress {
      answer += [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]
    } else if isAlias {
      let length = question[12] - 1
      answer += [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, length + 3, length]
      answer += question[14..<14 + Int(length)] + [0xC0, 13 + question[12]]
    }
    _ = linux_send_to(descriptor, answer, answer.count, &peer, length)
  }
}

/// A resolver that asks name servers of the test's own, for IPv4 addresses alone.
func ipv4Resolver(
  of servers: [AnsweringServer], patience: Milliseconds = 2_000, on loop: EventLoop
) throws -> Resolver {
  var options = Resolver.Options()
  options.servers = servers.map(\.address)
  options.usesIPv6 = false
  options.patience = patience
  return try Resolver(options, on: loop)
}
