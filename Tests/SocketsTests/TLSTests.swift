import Bytes
import CBoringSSL
import Testing

@testable import Sockets

/// Both sides of TLS over a socket pair, with certificates made by `openssl`.
@Suite struct TLSTests {
  @Test(arguments: [TLSSettings.Protocols.tls12, .tls13])
  func `sessions of one loop, with keys that change, do not mix`(
    protocols: TLSSettings.Protocols
  ) throws {
    let server = try TLSContext(TLSTests.settings([TLSTests.pair], protocols), side: .server)
    let client = try TLSContext(TLSSettings(), side: .client)
    try onLoop { loop in
      let waiters = (0..<3).map { _ in Waiter(on: loop) }
      var streams: [ByteStream] = []
      for waiter in waiters {
        let stream = try await TLSTests.connect(server, client, name: nil, on: loop, waiter)
        streams.append(stream)
      }
      for round in 0..<3 {
        for (index, stream) in streams.enumerated() {
          let text = "\(round) \(index)"
          #expect(try await exchange(text, stream, waiters[index]) == text)
          if protocols == .tls13, let session = stream.tls {
            #expect(SSL_key_update(session.handle, SSL_KEY_UPDATE_REQUESTED) == 1)
          }
        }
        if round == 1 { streams.removeLast().close() }
      }
      for stream in streams {
        #expect(stream.isReadyToRead == false)
        stream.close()
      }
    }
  }

  @Test(arguments: [TLSSettings.Protocols.tls12, .tls13])
  func `an exchange goes through TLS and is resumed`(protocols: TLSSettings.Protocols) throws {
    let settings = TLSTests.settings([TLSTests.pair], protocols)
    let servers = try TLSContext.group(
      settings, side: .server, count: 2, ticketKeys: TLSTicketKeys(settings, .server))
    let client = try TLSContext(TLSSettings(), side: .client)
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      var resumption: TLSResumption?
      let first = try await TLSTests.connect(
        servers[0], client, name: "one.example", on: loop, waiter, noting: { resumption = $0 })
      #expect(try await exchange("hello", first, waiter) == "hello")
      #expect(first.tls?.protocolName == (protocols == .tls12 ? "TLSv1.2" : "TLSv1.3"))
      #expect(first.tls?.peerCertificateMatches("one.example") == true)
      #expect(first.tls?.peerCertificateMatches("two.example") == false)
      #expect(first.tls?.isReused == false)
      first.close()
      #expect(resumption != nil)
      // The other context shares the ticket key.
      let second = try await TLSTests.connect(
        servers[1], client, name: "one.example", resuming: resumption, on: loop, waiter)
      #expect(second.tls?.isReused == true)
      second.close()
    }
  }

  @Test func `the name chooses the certificate`() throws {
    let first = try TLSContext(TLSTests.settings([TLSTests.pair]), side: .server)
    let second = try TLSContext(TLSTests.settings([TLSTests.other]), side: .server)
    first.nameChooser = { [unowned first] in $0 == "two.example" ? second : first }
    let client = try TLSContext(TLSSettings(), side: .client)
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      for (name, subject) in [
        ("one.example", "CN=one.example,O=Test"), ("two.example", "CN=two.example,O=Test"),
        ("else", "CN=one.example,O=Test"),
      ] {
        let stream = try await TLSTests.connect(
          first, client, name: ByteString(name), on: loop, waiter)
        #expect(stream.tls?.peerSubject.string == subject)
        #expect(stream.tls?.peerPEM.hasPrefix("-----BEGIN CERTIFICATE-----") == true)
        #expect(stream.tls?.peerFingerprint.count == 40)
        #expect([1, 2].contains(stream.tls?.peerDaysLeft))
        stream.close()
      }
    }
  }

  @Test func `the name chooses the version of the protocol and the keys of tickets`() throws {
    func context(_ protocols: TLSSettings.Protocols, _ key: UInt8) throws -> TLSContext {
      var settings = TLSTests.settings([TLSTests.pair])
      settings.protocols = protocols
      settings.ticketKeys = [ByteString(Array(repeating: key, count: 48))]
      return try TLSContext(settings, side: .server)
    }
    let first = try context(.tls12, 1)
    let second = try context(.tls13, 2)
    first.nameChooser = { [unowned first] in $0 == "two.example" ? second : first }
    let client = try TLSContext(TLSSettings(), side: .client)
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      for (name, version) in [("one.example", "TLSv1.2"), ("two.example", "TLSv1.3")] {
        var resumption: TLSResumption?
        let stream = try await TLSTests.connect(
          first, client, name: ByteString(name), on: loop, waiter, noting: { resumption = $0 })
        #expect(try await exchange("hello", stream, waiter) == "hello")
        #expect(stream.tls?.protocolName.string == version)
        stream.close()
        #expect(resumption != nil)
        let again = try await TLSTests.connect(
          first, client, name: ByteString(name), resuming: resumption, on: loop, waiter)
        #expect(again.tls?.isReused == true)
        again.close()
      }
    }
  }

  @Test func `a name that the chooser refuses ends the handshake`() throws {
    let server = try TLSContext(TLSTests.settings([TLSTests.pair]), side: .server)
    server.nameChooser = { $0 == "one.example" ? server : nil }
    let client = try TLSContext(TLSSettings(), side: .client)
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      for name in [nil, "two.example"] as [ByteString?] {
        await #expect(throws: StreamError.self) {
          _ = try await TLSTests.connect(server, client, name: name, on: loop, waiter)
        }
      }
    }
    server.nameChooser = nil
  }

  @Test(arguments: [TLSSettings.Protocols.tls12, .tls13])
  func `a client is told of every session that it may resume`(
    protocols: TLSSettings.Protocols
  ) throws {
    let server = try TLSContext(TLSTests.settings([TLSTests.pair], protocols), side: .server)
    let client = try TLSContext(TLSSettings(), side: .client)
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      var resumptions: [TLSResumption] = []
      for isReused in [false, true] {
        let (near, far) = try socketPair(on: loop)
        near.observer = waiter
        try far.startTLS(server)
        loop.spawn { try? await echo(far, loop) }
        try near.startTLS(client)
        near.tls?.newResumption = { resumptions.append($0) }
        if let last = resumptions.last { near.tls?.resume(last) }
        try await near.handshake(waiter: waiter, timeout: 5_000)
        #expect(try await exchange("hello", near, waiter) == "hello")
        #expect(near.tls?.isReused == isReused)
        near.close()
        #expect(!resumptions.isEmpty)
      }
    }
  }

  @Test func `the server sees the curves that the client offers`() throws {
    let server = try TLSContext(TLSTests.settings([TLSTests.pair]), side: .server)
    var settings = TLSSettings()
    settings.curves = "P-256:P-384"
    let client = try TLSContext(settings, side: .client)
    try onLoop { loop in
      let (near, far) = try await TLSTests.join(client, server, on: loop, Waiter(on: loop))
      #expect(far.tls?.offeredCurves == "prime256v1:secp384r1")
      near.close()
      far.close()
    }
  }

  @Test func `a megabyte of vectors arrives whole`() throws {
    let server = try TLSContext(TLSTests.settings([TLSTests.other]), side: .server)
    let client = try TLSContext(TLSSettings(), side: .client)
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      let (near, far) = try await TLSTests.join(client, server, on: loop, waiter)
      let head = buffer("head")
      let body = buffer(String(repeating: "body", count: 250_000))
      let incoming = ByteBuffer(capacity: 65_536)
      var received = 0
      while received < 1_000_004 {
        let wrote = near.write(vectors: [head, body])
        let read = far.read(into: incoming, minimumRoom: 16_384)
        received += incoming.count
        incoming.clear()
        guard wrote == .wouldBlock || body.isEmpty, read == .wouldBlock else { continue }
        guard await waiter.wait(until: loop.now + 2_000) == .ready else { break }
      }
      #expect(received == 1_000_004)
    }
  }

  @Test func `a certificate of an elliptic curve is shown before one of RSA`() throws {
    let pairs = [TLSTests.pair, TLSTests.other]
    for protocols in [TLSSettings.Protocols.tls12, .tls13] {
      let server = try TLSContext(TLSTests.settings(pairs, protocols), side: .server)
      for (ciphers, subject) in [
        ("ALL", "CN=two.example,O=Test"), ("aRSA", "CN=one.example,O=Test"),
      ] where protocols == .tls12 || ciphers == "ALL" {
        var settings = TLSSettings()
        settings.ciphers = ciphers
        let client = try TLSContext(settings, side: .client)
        try onLoop { loop in
          let waiter = Waiter(on: loop)
          let stream = try await TLSTests.connect(server, client, name: nil, on: loop, waiter)
          #expect(stream.tls?.peerSubject.string == subject)
          stream.close()
        }
      }
    }
  }

  @Test(arguments: ["ed25519", "ec -pkeyopt ec_paramgen_curve:P-521"])
  func `either end may have a key of a rarer curve`(kind: String) throws {
    let pair = TLSTests.keyPair("rare.example", kind: kind)
    for protocols in [TLSSettings.Protocols.tls12, .tls13] {
      var settings = TLSTests.settings([pair], protocols)
      settings.verification = .on
      settings.clientCertificates = pair.certificate
      let server = try TLSContext(settings, side: .server)
      let client = try TLSContext(TLSTests.settings([pair]), side: .client)
      try onLoop { loop in
        let ends = try await TLSTests.join(client, server, on: loop, Waiter(on: loop))
        #expect(ends.server.tls?.clientVerdict == "SUCCESS")
      }
    }
  }

  @Test func `tickets are understood by all loops where the first server gives none`() throws {
    var settings = TLSTests.settings([TLSTests.pair])
    settings.usesTickets = false
    let first = try TLSContext.group(
      settings, side: .server, count: 2, ticketKeys: TLSTicketKeys(settings, .server))
    settings.usesTickets = true
    let named = try TLSContext(settings, side: .server)
    for context in first { context.nameChooser = { _ in named } }
    let client = try TLSContext(TLSSettings(), side: .client)
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      var resumption: TLSResumption?
      let stream = try await TLSTests.connect(
        first[0], client, name: "one.example", on: loop, waiter, noting: { resumption = $0 })
      #expect(try await exchange("hello", stream, waiter) == "hello")
      stream.close()
      #expect(resumption != nil)
      let again = try await TLSTests.connect(
        first[1], client, name: "one.example", resuming: resumption, on: loop, waiter)
      #expect(again.tls?.isReused == true)
      again.close()
    }
  }

  @Test func `a client's certificate is judged but does not end the handshake`() throws {
    var settings = TLSTests.settings([TLSTests.pair])
    settings.verification = .on
    settings.clientCertificates = TLSTests.other.certificate
    let server = try TLSContext(settings, side: .server)
    for (pairs, verdict) in [
      ([], "NONE"), ([TLSTests.other], "SUCCESS"),
      ([TLSTests.pair], "FAILED:self-signed certificate"),
    ] {
      var settings = TLSSettings()
      settings.keyPairs = pairs
      let client = try TLSContext(settings, side: .client)
      try onLoop { loop in
        let ends = try await TLSTests.join(client, server, on: loop, Waiter(on: loop))
        #expect(ends.server.tls?.clientVerdict.string == verdict)
      }
    }
  }

  @Test func `bad files are reported in nginx's words`() throws {
    var settings = TLSSettings()
    settings.keyPairs = [.init(certificate: .init(name: "/no.pem"), key: .init(name: "/no.key"))]
    var error = #expect(throws: TLSError.self) { try TLSContext(settings, side: .server) }
    #expect(
      error?.description == """
        cannot load certificate "/no.pem": BIO_new_file() failed (SSL: error:02000002:system \
        library::No such file or directory:fopen('/no.pem','r') error:1100006e:BIO \
        routines::no such file)
        """)
    settings.keyPairs = [.init(certificate: TLSTests.pair.certificate, key: TLSTests.stranger.key)]
    error = #expect(throws: TLSError.self) { try TLSContext(settings, side: .server) }
    #expect(error?.description.contains("SSL_CTX_use_PrivateKey(\"") == true)
    #expect(error?.description.contains("\") failed (SSL: error:") == true)
  }
}
