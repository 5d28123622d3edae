import Bytes
import Config
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

  @Test(arguments: [
    ("ssl_ciphers NOPE;", "SSL_CTX_set_cipher_list(\"NOPE\") failed", 13),
    ("ssl_ecdh_curve nope;", "SSL_CTX_set1_curves_list(\"nope\") failed", 16),
    ("ssl_conf_command Nope a;", "SSL_CONF_cmd(\"Nope\", \"a\") failed", 18),
  ])
  func `what the TLS library refuses has a place`(text: String, message: String, column: Int) {
    let found = load(http: "server { listen 443 ssl; ssl_reject_handshake on;\n\(text) }")
    #expect(found.messages.count == 1)
    #expect(found.messages.first?.hasPrefix(message) == true, "\(found.messages)")
    #expect(
      found.diagnostics.first?.place
        == SourcePlace(file: "/etc/main.conf", line: 4, column: column))
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
