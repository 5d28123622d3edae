import Bytes
import CAres
import Testing

@testable import Sockets

@Suite struct NameLookupTests {
  private static let ipv4 = SocketAddress(host: .v4(0xC000_0207), port: 0)
  private static let ipv6 = SocketAddress(host: .v6(high: 1, low: 1, scope: 0), port: 0)

  private typealias Reply = Result<NameReply, ResolveError>

  private static func reply(_ address: SocketAddress? = nil, alias: ByteString? = nil) -> Reply {
    var reply = NameReply()
    reply.addresses = address.map { [$0] } ?? []
    reply.alias = alias
    return .success(reply)
  }

  /// What becomes of the answers to both questions about a name.
  private func outcome(
    _ first: Reply, _ second: Reply
  ) -> Result<NameLookup.Content, ResolveError>? {
    let lookup = NameLookup(name: "name", resolver: nil)
    lookup.questionCount = 2
    lookup.finish(first)
    #expect(lookup.result == nil)
    lookup.finish(second)
    return lookup.result
  }

  @Test func `addresses of either type will do`() {
    let (ipv4, ipv6) = (Self.reply(Self.ipv4), Self.reply(Self.ipv6))
    #expect(outcome(ipv4, ipv6) == .success(.addresses([Self.ipv4, Self.ipv6])))
    #expect(outcome(Self.reply(), ipv6) == .success(.addresses([Self.ipv6])))
    #expect(outcome(Self.reply(alias: "b"), ipv6) == .success(.addresses([Self.ipv6])))
    #expect(outcome(ipv4, Self.reply(alias: "b")) == .success(.addresses([Self.ipv4])))
  }

  @Test func `the alias of the last answer counts`() {
    #expect(outcome(Self.reply(alias: "a"), Self.reply(alias: "b")) == .success(.alias("b")))
    #expect(outcome(Self.reply(), Self.reply(alias: "b")) == .success(.alias("b")))
    #expect(outcome(Self.reply(alias: "a"), Self.reply()) == .failure(.notFound))
    #expect(outcome(Self.reply(), Self.reply(alias: "")) == .failure(.notFound))
  }

  @Test func `a failure of either question is one of the name`() {
    let (address, refusal) = (Self.reply(Self.ipv4), Reply.failure(.refused))
    #expect(outcome(address, refusal) == .failure(.refused))
    #expect(outcome(refusal, address) == .failure(.refused))
    #expect(outcome(refusal, .failure(.notFound)) == .failure(.refused))
  }

  @Test func `what the library reports has a number of nginx's`() {
    let statuses = [ARES_SUCCESS, ARES_ENOTFOUND, ARES_ETIMEOUT, ARES_ENOMEM]
    #expect(
      statuses.map { ResolveError(status: $0) }
        == [nil, .notFound, .timedOut, .serverFailure])
  }
}
