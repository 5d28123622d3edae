import Testing

@testable import Sockets

@Suite struct TLSFailuresTests {
  @Test func `one bad setting does not hide another`() throws {
    var settings = TLSSettings()
    settings.ciphers = "NOPE"
    settings.keyPairs = [
      .init(certificate: .init(name: "/no.pem"), key: .init(name: "/no.key")), TLSTests.pair,
      .init(certificate: .init(name: "/no.pem"), key: TLSTests.stranger.key),
    ]
    settings.trustedCertificates = .init(name: "/trusted")
    settings.commands = [
      .init(name: "MinProtocol", value: "TLSv1.2"), .init(name: "Nope", value: "a"),
    ]
    let error = #expect(throws: TLSError.self) { try TLSContext(settings, side: .server) }
    #expect(error?.part == .ciphers)
    // Whether the last key is that of its certificate nobody can tell.
    #expect(
      error?.others.map(\.part) == [
        .certificate(0), .key(0), .certificate(2), .trustedCertificates, .command(1),
      ])
    // The words of one do not stand in those of another.
    #expect(error?.others.last?.description.contains("No such file") == false)
  }
}
