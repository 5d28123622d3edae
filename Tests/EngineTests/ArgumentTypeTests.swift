import Bytes
import Testing

@testable import Engine

@Suite struct ArgumentTypeTests {
  @Test(arguments: [
    ("sendfile maybe;", #"invalid value "maybe" in "sendfile" directive"#),
    ("keepalive_requests x;", "invalid number"), ("keepalive_requests -1;", "invalid number"),
    ("client_max_body_size x;", #""client_max_body_size" directive invalid value"#),
    ("proxy_buffer_size 1g;", #""proxy_buffer_size" directive invalid value"#),
    ("send_timeout 1s1h;", #""send_timeout" directive invalid value"#),
    ("proxy_buffers 4;", #"invalid number of arguments in "proxy_buffers" directive"#),
    ("proxy_buffers x 4k;", #""proxy_buffers" directive invalid value"#),
    ("satisfy most;", #"invalid value "most""#),
    ("add_header A $;", "invalid variable name"),
  ])
  func `a value of the wrong type is reported in nginx's words`(text: String, message: String) {
    let messages = load(server: text).messages
    #expect(messages.first?.hasPrefix(message) == true, "\(messages)")
  }

  @Test func `values have the units of the manual`() throws {
    let server = "client_max_body_size 2m; send_timeout 1m30s; keepalive_requests 7; satisfy any;"
    try withExchange(server: server) { exchange in
      let core = exchange.settings.core
      #expect(core.clientMaxBodySize == 2 << 20)
      #expect(core.sendTimeout == .seconds(90))
      #expect(core.keepaliveRequests == 7)
      #expect(core.mustSatisfy == .any)
    }
  }
}
