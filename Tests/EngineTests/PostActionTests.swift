import Bytes
import Testing

@testable import Engine

@Suite struct PostActionTests {
  @Test(arguments: ["/after", "@after", "@nobody", "/"])
  func `the client sees nothing of what is done afterwards`(target: String) throws {
    let server = """
      location / { post_action \(target); add_header X-A $uri; return 200 "text"; }
      location /after { add_header X-B b always; return 500 "no"; }
      location @after { add_header X-B b always; return 200 "no"; }
      """
    let response = try answer(server: server)
    #expect(outcome(response) == "200 text" && response.contains("\r\nX-A: /\r\n"))
    #expect(!response.contains("X-B"))
  }

  @Test func `variables tell it how the client's request went`() throws {
    let server = """
      add_header X-A "$status|$bytes_sent|$body_bytes_sent|$request_completion"; return 200;
      """
    try withExchange(server: server) { client in
      client.response.status = 206
      client.response.isComplete = true
      try withExchange(server: server) { action in
        action.response.status = 500
        let names: [ByteString] = ["status", "bytes_sent", "body_bytes_sent", "request_completion"]
        func values() throws -> [ByteString?] {
          try names.map { action.variable(try #require(action.site.variables.number(of: $0))) }
        }
        let own = try values()
        #expect(own == ["500", "0", "0", ""])
        action.madeExtras.accountedExchange = client
        let accounted = try values()
        #expect(accounted == ["206", "0", "0", "OK"])
      }
    }
  }
}
