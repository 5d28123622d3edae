import Testing

@testable import Sockets

@Suite struct TLSCommandsTests {
  /// The failure of a context with one command; nil where there is none.
  private static func failure(of name: String, _ value: String) -> String? {
    var settings = TLSSettings()
    settings.commands = [.init(name: name, value: value)]
    do throws(TLSError) {
      _ = try TLSContext(settings, side: .server)
      return nil
    } catch {
      return error.description
    }
  }

  @Test(arguments: [
    ("CipherString", "ECDHE+AESGCM:@SECLEVEL=1"), ("ciphersuites", "TLS_AES_256_GCM_SHA384"),
    ("Curves", "X25519:X448:P-256"), ("Groups", "X25519MLKEM768"), ("Groups", "X448"),
    ("Groups", "?X25519MLKEM768:?nope:X25519:X25519"), ("NumTickets", "1"),
    ("Ciphersuites", "TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256"), ("MinProtocol", "TLSv1.2"),
    ("MaxProtocol", "TLSv1.3"), ("MaxProtocol", "None"),
    ("SignatureAlgorithms", "ECDSA+SHA256:RSA-PSS+SHA256"),
    ("Options", "-SessionTicket,ServerPreference,+PrioritizeChaCha,KTLS"),
  ])
  func `OpenSSL's commands are understood`(name: String, value: String) {
    #expect(TLSCommandsTests.failure(of: name, value) == nil)
  }

  @Test(arguments: [
    ("CipherString", "NOPE", "SSL_CTX_set_cipher_list(\"NOPE\") failed"),
    ("Ciphersuites", "TLS_NOPE", "SSL_CONF_cmd(\"Ciphersuites\", \"TLS_NOPE\") failed"),
    ("Groups", "nope", "SSL_CTX_set1_curves_list(\"nope\") failed"),
    ("MinProtocol", "TLSv9", "SSL_CONF_cmd(\"MinProtocol\", \"TLSv9\") failed"),
    ("Options", "Nope", "SSL_CONF_cmd(\"Options\", \"Nope\") failed"),
    ("SignatureAlgorithms", "nope", "SSL_CONF_cmd(\"SignatureAlgorithms\", \"nope\") failed"),
    ("Certificate", "/c", "SSL_CONF_cmd(\"Certificate\", \"/c\") failed"),
    ("PrivateKey", "/k", "SSL_CONF_cmd(\"PrivateKey\", \"/k\") failed"),
    ("Nope", "a", "SSL_CONF_cmd(\"Nope\", \"a\") failed"),
  ])
  func `what makes no sense is refused`(name: String, value: String, message: String) {
    #expect(TLSCommandsTests.failure(of: name, value)?.hasPrefix(message) == true)
  }

  @Test func `commands name certificates and keys`() {
    var settings = TLSSettings()
    settings.commands = [
      .init(name: "Certificate", value: "/c"), .init(name: "Options", value: "KTLS"),
      .init(name: "PrivateKey", value: "/d"),
    ]
    var failures = TLSFailures()
    let named = settings.keyPairsOfCommands(noting: &failures)
    #expect(failures.first == nil)
    #expect(named.map(\.pair) == [.init(certificate: .init(name: "/c"), key: .init(name: "/d"))])
    #expect(named.map(\.certificate) == [0])
    #expect(named.map(\.key) == [2])
  }
}
