import Bytes
import CLinux
import Testing

@testable import Sockets

/// How TLS over a socket pair fails, and how it ends.
@Suite struct TLSEndTests {
  @Test func `who reads hears of a send that failed`() throws {
    let server = try TLSContext(TLSTests.settings([TLSTests.pair]), side: .server)
    let client = try TLSContext(TLSSettings(), side: .client)
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      let (near, far) = try await TLSTests.join(client, server, on: loop, waiter)
      let bytes = ByteBuffer(capacity: 16_384)
      for _ in 0..<3 {
        _ = near.read(into: bytes)
        await waiter.yieldToOthers()
      }
      // No event tells the sender that its peer does not read any more.
      shutdown(far.socket.descriptor, CInt(SHUT_RD))
      #expect(near.write(buffer("lost")) == .bytes(4))
      #expect(near.read(into: bytes) == .wouldBlock)
      await waiter.yieldToOthers()
      #expect(near.isReadyToRead)
      #expect(near.read(into: bytes) == .failed(EPIPE))
    }
  }

  @Test func `a record that is none fails with the library's reason`() throws {
    let server = try TLSContext(TLSTests.settings([TLSTests.pair]), side: .server)
    let client = try TLSContext(TLSSettings(), side: .client)
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      let (near, far) = try await TLSTests.join(client, server, on: loop, waiter)
      let sent = buffer("no record").withReadableBytes { near.socket.send($0) }
      #expect(sent == .bytes(9))
      let error = await #expect(throws: StreamError.self) {
        try await far.readSome(into: ByteBuffer(capacity: 64), waiter: waiter, timeout: 5_000)
      }
      #expect(error?.description.hasPrefix("SSL_read() failed (SSL: error:") == true)
      #expect(far.write(buffer("lost")) == .failed(EPROTO))
      #expect(far.writeFailure(EPROTO) == error)
    }
  }

  @Test func `a plain request to a TLS server is an error, not a crash`() throws {
    let server = try TLSContext(TLSTests.settings([TLSTests.pair]), side: .server)
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      let waiter = Waiter(on: loop)
      far.observer = waiter
      try far.startTLS(server)
      _ = near.write(buffer("GET / HTTP/1.1\r\n\r\n"))
      let error = await #expect(throws: StreamError.self) {
        try await far.handshake(waiter: waiter, timeout: 1_000)
      }
      #expect(error?.description.hasPrefix("SSL_do_handshake() failed (SSL: error:") == true)
    }
  }

  /// The content types of the records that a stream carries until its end; nil where the last one
  /// is cut off (RFC 5246, section 6.2.1).
  private static func recordTypes(
    _ stream: ByteStream, _ waiter: Waiter
  ) async throws -> [UInt8]? {
    let bytes = ByteBuffer(capacity: 65_536)
    while try await stream.readSome(
      into: bytes, minimumRoom: 65_536, waiter: waiter, timeout: 5_000) > 0
    {}
    var types: [UInt8] = []
    let all = bytes.allBytes.bytes
    var index = 0
    while index + 5 <= all.count {
      types.append(all[index])
      index += 5 + Int(all[index + 3]) << 8 + Int(all[index + 4])
    }
    return index == all.count ? types : nil
  }

  @Test(arguments: [true, false])
  func `the end of TLS comes behind bytes that the peer is late to take`(isClosed: Bool) throws {
    var settings = TLSTests.settings([TLSTests.pair])
    // Later versions hide what a record carries.
    settings.protocols = .tls12
    let server = try TLSContext(settings, side: .server)
    let client = try TLSContext(TLSSettings(), side: .client)
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      let (far, near) = try await TLSTests.join(client, server, on: loop, waiter)
      far.tls = nil
      var count = 0
      while near.isReadyToWrite {
        #expect(near.write(buffer(String(repeating: "a", count: 1_000))) == .bytes(1_000))
        count += 1
        await Waiter(on: loop).yieldToOthers()
      }
      if isClosed { near.close() } else { near.shutdownWrite() }
      let types = try await TLSEndTests.recordTypes(far, waiter)
      #expect(types?.dropLast() == Array(repeating: 23, count: count)[...])
      #expect(types?.last == 21)
      near.close()
    }
  }
}
