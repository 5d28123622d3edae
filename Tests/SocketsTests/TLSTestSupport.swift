import Bytes
import CLinux
import Testing

@testable import Sockets

/// Certificates and connections for the tests.
extension TLSTests {
  /// A certificate and key for a name; the files are made once for each name and kind.
  static func keyPair(_ name: String, kind: String = "rsa:2048") -> TLSSettings.KeyPair {
    var pattern = Array("/tmp/apus-tls-XXXXXX".utf8CString)
    _ = mkdtemp(&pattern)
    let folder = String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let command = """
      openssl req -x509 -newkey \(kind) -nodes -days 2 -subj /O=Test/CN=\(name) \
      -addext subjectAltName=DNS:\(name) \
      -keyout \(folder)/key.pem -out \(folder)/cert.pem 2>/dev/null
      """
    #expect(system(command) == 0)
    return .init(
      certificate: .init(name: folder + "/cert.pem"), key: .init(name: folder + "/key.pem"))
  }

  static let pair = keyPair("one.example")
  static let other = keyPair("two.example", kind: "ec -pkeyopt ec_paramgen_curve:P-256")

  static let stranger = keyPair("three.example")

  static func settings(
    _ pairs: [TLSSettings.KeyPair], _ protocols: TLSSettings.Protocols? = nil
  ) -> TLSSettings {
    var settings = TLSSettings()
    settings.keyPairs = pairs
    if let protocols { settings.protocols = protocols }
    settings.alpn = ["http/1.1"]
    return settings
  }

  /// A client stream after the handshake with an echo server.
  static func connect(
    _ server: TLSContext, _ client: TLSContext, name: ByteString?, resuming: TLSResumption? = nil,
    on loop: EventLoop, _ waiter: Waiter, noting note: ((TLSResumption) -> Void)? = nil
  ) async throws -> ByteStream {
    let (near, far) = try socketPair(on: loop)
    near.observer = waiter
    try far.startTLS(server)
    loop.spawn { try? await echo(far, loop) }
    try near.startTLS(client, serverName: name)
    near.tls?.newResumption = note
    if let resuming { near.tls?.resume(resuming) }
    try await near.handshake(waiter: waiter, timeout: 5_000)
    return near
  }

  /// Both ends of a connection that have shaken hands; the waiter observes them.
  static func join(
    _ client: TLSContext, _ server: TLSContext, on loop: EventLoop, _ waiter: Waiter
  ) async throws -> (client: ByteStream, server: ByteStream) {
    let (near, far) = try socketPair(on: loop)
    (near.observer, far.observer) = (waiter, waiter)
    try near.startTLS(client)
    try far.startTLS(server)
    await shakeHands(near, far, waiter)
    return (near, far)
  }

  /// Lets both sides of a connection shake hands in one task.
  private static func shakeHands(_ near: ByteStream, _ far: ByteStream, _ waiter: Waiter) async {
    for _ in 0..<20 {
      let outcomes = [near.tls?.handshake(), far.tls?.handshake()]
      if outcomes.allSatisfy({ $0 == .done }) { return }
      _ = await waiter.wait(until: waiter.loop.now + 1_000)
    }
    Issue.record("no handshake")
  }
}
