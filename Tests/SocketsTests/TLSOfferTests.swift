import Bytes
import CBoringSSL
import Testing

@testable import Sockets

@Suite struct TLSOfferTests {
  /// What a client offers in the bytes of its first message.
  private static func offer(ciphers: [UInt8], groups: [UInt8]) -> TLSOffer {
    ciphers.withUnsafeBufferPointer { ciphers in
      groups.withUnsafeBufferPointer { groups in
        var hello = tls_client_hello()
        hello.ciphers = ciphers.baseAddress
        hello.ciphers_count = ciphers.count
        hello.groups = groups.baseAddress
        hello.groups_count = groups.count
        return TLSOffer(hello)
      }
    }
  }

  @Test func `known numbers have names, others are hexadecimal`() {
    let offer = TLSOfferTests.offer(
      ciphers: [0x0a, 0x0a, 0x13, 0x01, 0xc0, 0x2b, 0x00, 0x05],
      groups: [0x11, 0xec, 0x00, 0x1d, 0x00, 0x17, 0x00, 0x1e, 0x01, 0x00])
    #expect(
      offer.names(of: \.ciphers, tls_cipher_name)
        == "0x0a0a:TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:0x0005")
    #expect(
      offer.names(of: \.groups, tls_group_name) == "X25519MLKEM768:X25519:prime256v1:X448:0x0100")
  }

  @Test func `half a number at the end and an empty list are nothing`() {
    let offer = TLSOfferTests.offer(ciphers: [0x13, 0x01, 0x13], groups: [])
    #expect(offer.names(of: \.ciphers, tls_cipher_name) == "TLS_AES_128_GCM_SHA256")
    #expect(offer.names(of: \.groups, tls_group_name) == "")
  }
}
