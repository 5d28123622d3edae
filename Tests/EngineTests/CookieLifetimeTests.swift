import Bytes
import Sockets
import Testing
import Wire

@testable import Engine

@Suite struct CookieLifetimeTests {
  @Test func `the end of a cookie is told as old clients read it`() throws {
    try withExchange(server: "") { exchange in
      #expect(CookieLifetime.session.expires(for: exchange).isEmpty)
      #expect(
        CookieLifetime.longest.expires(for: exchange) == "; expires=Thu, 31-Dec-37 23:55:55 GMT")
      // Sunday, 6 November 1994.
      let span = 784_111_777 - Int(exchange.loop.clock.seconds)
      #expect(
        CookieLifetime.seconds(span).expires(for: exchange)
          == "; expires=Sun, 06-Nov-94 08:49:37 GMT")
    }
  }
}
