import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct SSLDirectivesTests {
  @Test(arguments: [
    ("ssl_protocols TLSv9;", #"invalid value "TLSv9""#),
    ("ssl_verify_client sometimes;", #"invalid value "sometimes""#),
    ("ssl_session_timeout x;", #""ssl_session_timeout" directive invalid value"#),
    ("ssl_certificate;", #"invalid number of arguments in "ssl_certificate" directive"#),
    ("listen 443 ssl;", #"no "ssl_certificate" is defined for the "listen ... ssl" directive"#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    let messages = load(server: text).messages
    #expect(messages.first?.hasPrefix(message) == true, "\(messages)")
  }

  @Test func `old versions of TLS are accepted and not spoken`() throws {
    try withExchange(server: "ssl_protocols SSLv2 SSLv3 TLSv1.2;") {
      #expect($0.settings.ssl.protocols == .tls12)
    }
  }

  @Test func `variables of TLS have no value without it`() throws {
    let response = try answer(server: "return 200 '[$ssl_protocol$ssl_cipher$https]';")
    #expect(outcome(response) == "200 []")
  }
}
