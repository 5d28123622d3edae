import Testing

@testable import Sockets

@Suite struct StreamErrorTests {
  @Test(arguments: [
    (StreamError.system("socket", 24), true), (.system("bind", 99), true),
    (.system("connect", 111), false), (.timedOut, false), (.closed, false),
  ])
  func `a failure of this machine says nothing about the peer`(error: StreamError, isLocal: Bool) {
    #expect(error.isLocal == isLocal)
  }
}
