import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct PeerSearchTests {
  @Test(arguments: [
    ([5, 1, 1], "aabacaa"),
    ([1, 1, 1], "abcabc"),
    ([3, 1], "aabaaaba"),
    ([1], "aaa"),
  ])
  func `weights are interleaved smoothly`(weights: [Int], letters: String) {
    let servers = weights.enumerated().map {
      UpstreamServer.at($0.offset, weight: $0.element)
    }
    #expect(Balancer(servers).letters(of: letters.count) == letters)
  }

  @Test func `a request does not try a peer twice`() {
    let balancer = Balancer([.at(0), .at(1)])
    var search = balancer.search()
    #expect(search.remainingTries == 2)
    #expect(fail(&search, at: 1000) == 0)
    #expect(search.remainingTries == 1)
    #expect(fail(&search, at: 1000) == 1)
    #expect(search.remainingTries == 0)
    #expect(search.next(at: 1000) == nil)
  }

  @Test func `a failed peer rests for fail_timeout and then gets one try`() {
    let balancer = Balancer([.at(0), .at(1)])
    var first = balancer.search()
    #expect(fail(&first, at: 1000) == 0)
    #expect(balancer.letters(of: 4, at: 1001) == "bbbb")
    #expect(balancer.letters(of: 4, at: 1010) == "bbbb")
    #expect(balancer.letters(of: 6, at: 1011).contains("a"))
  }

  @Test func `max_fails=0 never disables a peer`() {
    let balancer = Balancer([.at(0, maxFails: 0), .at(1, maxFails: 0)])
    var search = balancer.search()
    #expect(fail(&search, at: 1000) == 0)
    #expect(balancer.letters(of: 4, at: 1000) == "baba")
  }

  @Test func `max_fails counts failures before it disables`() {
    let balancer = Balancer([.at(0, maxFails: 2), .at(1, isDown: true)])
    var first = balancer.search()
    #expect(fail(&first, at: 1000) == 0)
    #expect(balancer.letters(of: 1, at: 1000) == "a")
    var second = balancer.search()
    #expect(fail(&second, at: 1000) == 0)
    #expect(balancer.letters(of: 1, at: 1000) == "-")
  }

  @Test func `a single peer is never disabled, but tried once`() {
    let balancer = Balancer([.at(0)])
    var search = balancer.search()
    #expect(fail(&search, at: 1000) == 0)
    #expect(search.remainingTries == 0)
    #expect(balancer.letters(of: 2) == "aa")
  }

  @Test func `backup peers come when the others have failed`() {
    let balancer = Balancer([.at(0), .at(1, isBackup: true)])
    #expect(balancer.letters(of: 3) == "aaa")
    var search = balancer.search()
    #expect(search.remainingTries == 2)
    #expect(fail(&search, at: 1000) == 0)
    #expect(fail(&search, at: 1000) == 1)
    #expect(search.next(at: 1000) == nil)
  }

  @Test func `a peer that is down gets nothing`() {
    #expect(Balancer([.at(0, isDown: true), .at(1)]).letters(of: 3) == "bbb")
    #expect(Balancer([.at(0, isDown: true)]).letters(of: 1) == "-")
  }

  @Test(arguments: [1, 2]) func `max_conns bounds the requests under way`(count: Int) {
    let balancer = Balancer((0..<count).map { .at($0, maxConnections: 1) })
    var searches = (0..<count).map { _ in balancer.search() }
    let chosen = searches.indices.map { searches[$0].next(at: 1000) }
    #expect(chosen.map { $0?.index } == Array(0..<count))
    #expect(balancer.letters(of: 1) == "-")
    for (index, peer) in chosen.enumerated() {
      guard let peer else { continue }
      _ = searches[index].finished(peer, failed: false, at: 1000)
    }
    #expect(balancer.letters(of: 1) != "-")
  }

  @Test func `least_conn prefers the peer with fewer requests for its weight`() {
    let balancer = Balancer([.at(0, weight: 2), .at(1)], method: .leastConnections)
    var searches = (0..<6).map { _ in balancer.search() }
    let counts = searches.indices.reduce(into: [0, 0]) { counts, index in
      if let peer = searches[index].next(at: 1000) { counts[peer.index] += 1 }
    }
    #expect(counts == [4, 2])
  }

  @Test func `more than 64 peers can be tried`() {
    let balancer = Balancer((0..<70).map { .at($0) })
    var search = balancer.search()
    let tried = Set((0..<70).compactMap { _ in fail(&search, at: 1000) })
    #expect(tried.count == 70)
    #expect(search.next(at: 1000) == nil)
  }

  /// Takes the next peer and reports its failure.
  private func fail(_ search: inout PeerSearch, at now: Int) -> Int? {
    guard let peer = search.next(at: now) else { return nil }
    _ = search.finished(peer, failed: true, at: now)
    return peer.index
  }
}
