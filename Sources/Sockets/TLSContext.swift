public import Bytes
import CBoringSSL

/// The settings of TLS in BoringSSL's form (`SSL_CTX`), from which sessions are started.
///
/// Complete when it is made, and only read then, so loops may share it; with one context for each
/// loop they share no lock. ``nameChooser`` must be set before the first session.
public final class TLSContext: @unchecked Sendable {
  /// Which end of a connection a context is for.
  public enum Side: Sendable { case server, client }

  /// Chooses the context for the name that a client asks for; nil refuses the handshake.
  ///
  /// The name is empty where the client sends none.
  public var nameChooser: (@Sendable (_ name: ByteString) -> TLSContext?)?

  /// Which end of connections the context is for.
  public let side: Side

  /// What happens to the peer's certificate.
  public let verification: TLSSettings.Verification

  let handle: OpaquePointer

  /// The version of OpenSSL whose interface the TLS library has, and its name.
  public static var libraryVersion: String { String(cString: tls_library_version()) }

  /// - Throws: All failures, in the words nginx uses; the first is the one at which it would stop.
  public convenience init(_ settings: TLSSettings, side: Side) throws(TLSError) {
    try self.init(settings, side: side, ticketKeys: TLSTicketKeys(settings, side))
  }

  private init(
    _ settings: TLSSettings, side: Side, ticketKeys: TLSTicketKeys?
  ) throws(TLSError) {
    ERR_clear_error()
    guard let handle = SSL_CTX_new(side == .server ? TLS_server_method() : TLS_client_method())
    else { throw .taking("SSL_CTX_new() failed") }
    self.handle = handle
    self.side = side
    verification = settings.verification
    tls_set_modes(handle)
    guard tls_accept_signatures(handle) == 1 else {
      throw .taking("SSL_CTX_set_verify_algorithm_prefs() failed")
    }
    tls_set_protocols(handle, settings.protocols.rawValue)
    var failures = TLSFailures()
    try applyParts(of: settings, &failures)
    if side == .server { try setServer(settings, ticketKeys) } else { noteSessions() }
    run(settings.commands, noting: &failures)
    if let first = failures.first { throw first }
  }

  deinit { SSL_CTX_free(handle) }

  /// Contexts of the same settings, one for each loop, that understand each other's tickets.
  ///
  /// - Parameter keys: The keys of these tickets; nil where there are none.
  public static func group(
    _ settings: TLSSettings, side: Side, count: Int, ticketKeys keys: TLSTicketKeys?
  ) throws(TLSError) -> [TLSContext] {
    var contexts: [TLSContext] = []
    for _ in 0..<count { contexts.append(try TLSContext(settings, side: side, ticketKeys: keys)) }
    return contexts
  }

  /// Applies what each may be wrong by itself, in nginx's order.
  private func applyParts(
    of settings: TLSSettings, _ failures: inout TLSFailures
  ) throws(TLSError) {
    failures.attempt(.ciphers) { () throws(TLSError) in try setCiphers(settings) }
    try use(settings, noting: &failures)
    failures.attempt(.clientCertificates) { () throws(TLSError) in
      try trust(settings.clientCertificates, announces: side == .server)
    }
    failures.attempt(.trustedCertificates) { () throws(TLSError) in
      try trust(settings.trustedCertificates, announces: false)
    }
    failures.attempt(.revocations) { () throws(TLSError) in try revoke(settings.revocations) }
    if settings.verification != .off { tls_verify_leniently(handle, CInt(settings.verifyDepth)) }
    failures.attempt(.dhParameters) { () throws(TLSError) in try checkDH(settings.dhParameters) }
    failures.attempt(.curves) { () throws(TLSError) in
      try setGroups(settings.curves == "auto" ? side.usualGroups : settings.curves)
    }
  }

  // MARK: - Certificates

  /// Puts certificates with keys of elliptic curves, which cost less, before others: of those that
  /// a client takes, the first is used.
  private func use(
    _ settings: TLSSettings, noting failures: inout TLSFailures
  ) throws(TLSError) {
    var credentials: [Credential] = []
    for (index, pair) in settings.keyPairs.enumerated() {
      let parts = (TLSSettings.Part.certificate(index), TLSSettings.Part.key(index))
      credentials.append(try load(pair, parts, settings.passwords, noting: &failures))
    }
    let named = settings.keyPairsOfCommands(noting: &failures)
    if !named.isEmpty { credentials = [] }
    for (pair, certificate, key) in named {
      let parts = (TLSSettings.Part.command(certificate), TLSSettings.Part.command(key))
      credentials.append(try load(pair, parts, settings.passwords, noting: &failures))
    }
    if failures.first != nil { return }
    for credential in credentials where credential.isElliptic { try use(credential) }
    for credential in credentials where !credential.isElliptic { try use(credential) }
  }

  private func use(_ credential: Credential) throws(TLSError) {
    guard SSL_CTX_add1_credential(handle, credential.handle) == 1 else {
      throw .taking("SSL_CTX_add1_credential() failed")
    }
  }

  private func load(
    _ pair: TLSSettings.KeyPair, _ parts: (certificate: TLSSettings.Part, key: TLSSettings.Part),
    _ passwords: [String], noting failures: inout TLSFailures
  ) throws(TLSError) -> Credential {
    guard let credential = Credential() else {
      throw .taking("SSL_CREDENTIAL_new_x509() failed")
    }
    failures.attempt(parts.certificate) { () throws(TLSError) in
      try load(pair.certificate, into: credential)
    }
    // Without its certificate a key matches.
    failures.attempt(parts.key) { () throws(TLSError) in
      try load(pair.key, passwords, into: credential)
    }
    return credential
  }

  private func load(
    _ source: TLSSettings.Source, into credential: Credential
  ) throws(TLSError) {
    let certificate = try open(source, "cannot load certificate")
    defer { BIO_free(certificate) }
    var loads: CInt = 0
    if let failed = tls_use_certificate(credential.handle, certificate, &loads) {
      throw problem(failed, loads, "cannot load certificate", source)
    }
  }

  private func load(
    _ source: TLSSettings.Source, _ passwords: [String], into credential: Credential
  ) throws(TLSError) {
    var loads: CInt = 0
    var attempts: [String?] = passwords
    if attempts.isEmpty { attempts = [nil] }
    for (index, password) in attempts.enumerated() {
      let key = try open(source, "cannot load certificate key")
      defer { BIO_free(key) }
      guard let failed = tls_use_key(credential.handle, key, password, &credential.kind, &loads)
      else { return ERR_clear_error() }
      if loads == 0 || index == attempts.count - 1 {
        throw problem(failed, loads, "cannot load certificate key", source)
      }
      ERR_clear_error()
    }
  }

  private func problem(
    _ failed: UnsafePointer<CChar>, _ loads: CInt, _ action: String, _ source: TLSSettings.Source
  ) -> TLSError {
    let call = String(cString: failed)
    return .taking(
      loads != 0
        ? "\(action) \"\(source.name)\": \(call)" : "\(call)(\"\(source.name)\") failed")
  }

  /// A BIO that reads PEM text; the caller frees it.
  private func open(
    _ source: TLSSettings.Source, _ action: String
  ) throws(TLSError) -> OpaquePointer {
    guard let bytes = source.bytes else {
      if let bio = BIO_new_file(source.name, "r") { return bio }
      throw .taking("\(action) \"\(source.name)\": BIO_new_file() failed")
    }
    // A memory BIO of its own, since one over the array would outlive the closure.
    guard let bio = BIO_new(BIO_s_mem()) else { throw .taking("BIO_new() failed") }
    _ = bytes.bytes.withUnsafeBytes { BIO_write(bio, $0.baseAddress, CInt($0.count)) }
    return bio
  }

  private func trust(_ source: TLSSettings.Source?, announces: Bool) throws(TLSError) {
    guard let source else { return }
    let bio = try open(source, "cannot load certificate")
    defer { BIO_free(bio) }
    var loads: CInt = 0
    if let failed = tls_trust(handle, bio, announces ? 1 : 0, &loads) {
      throw problem(failed, loads, "cannot load certificate", source)
    }
  }

  private func revoke(_ source: TLSSettings.Source?) throws(TLSError) {
    guard let source else { return }
    let bio = try open(source, "cannot load CRL")
    defer { BIO_free(bio) }
    if let failed = tls_use_revocations(handle, bio) {
      throw problem(failed, 1, "cannot load CRL", source)
    }
  }

  // MARK: - Algorithms

  private func setCiphers(_ settings: TLSSettings) throws(TLSError) {
    try setCipherList(settings.ciphers)
    if settings.prefersServerCiphers { tls_prefer_server_ciphers(handle) }
  }

  private func checkDH(_ source: TLSSettings.Source?) throws(TLSError) {
    guard let source else { return }
    guard let bio = source.bytes == nil ? BIO_new_file(source.name, "r") : try open(source, "")
    else { throw .taking("BIO_new_file(\"\(source.name)\") failed") }
    defer { BIO_free(bio) }
    if let failed = tls_check_dh_parameters(bio) { throw problem(failed, 0, "", source) }
  }

  /// Sets the ciphers of TLS 1.2 and older.
  ///
  /// OpenSSL's `@SECLEVEL=N` says how weak keys may be; here none is as weak as that is about.
  func setCipherList(_ ciphers: String) throws(TLSError) {
    let known: [Substring] = ciphers.split(separator: ":").map { word in
      word.firstRange(of: "@SECLEVEL=").map { word[..<$0.lowerBound] } ?? word
    }
    guard SSL_CTX_set_cipher_list(handle, known.joined(separator: ":")) == 1 else {
      throw .taking("SSL_CTX_set_cipher_list(\"\(ciphers)\") failed")
    }
  }

  /// Sets the groups of the key exchange.
  ///
  /// Those that OpenSSL has and this library has not are left out, as are unknown ones behind a
  /// question mark; where that leaves none, the usual ones are offered.
  func setGroups(_ groups: String) throws(TLSError) {
    var known: [Substring] = []
    for word in groups.split(separator: ":") where !TLSContext.missingGroups.contains(word) {
      let isOptional = word.hasPrefix("?")
      let name = isOptional ? word.dropFirst() : word
      if known.contains(name) { continue }
      if isOptional, SSL_CTX_set1_curves_list(handle, String(name)) != 1 {
        ERR_clear_error()
        continue
      }
      known.append(name)
    }
    let list = known.isEmpty ? side.usualGroups : known.joined(separator: ":")
    guard SSL_CTX_set1_curves_list(handle, list) == 1 else {
      throw .taking("SSL_CTX_set1_curves_list(\"\(groups)\") failed")
    }
  }

  private static let missingGroups: Set<Substring> = [
    "X448", "x448", "P-224", "secp224r1", "P-192", "prime192v1", "secp256k1", "brainpoolP256r1",
    "brainpoolP384r1", "brainpoolP512r1", "ffdhe2048", "ffdhe3072", "ffdhe4096",
  ]

  // MARK: - Clients

  private func noteSessions() {
    tls_note_sessions(handle) { session, made in
      guard let session, let made, let owner = tls_owner(session) else { return 0 }
      let own = Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue()
      guard let note = own.newResumption else { return 0 }
      note(TLSResumption(adopting: made))
      return 1
    }
  }

  // MARK: - Servers

  private func setServer(
    _ settings: TLSSettings, _ ticketKeys: TLSTicketKeys?
  ) throws(TLSError) {
    let context = settings.sessionContext.bytes
    guard SSL_CTX_set_session_id_context(handle, context, context.count) == 1 else {
      throw .taking("SSL_CTX_set_session_id_context() failed")
    }
    try readHellos()
    let timeout = UInt32(clamping: settings.sessionTimeout)
    switch settings.sessionCache {
    case .off: tls_set_session_cache(handle, 0, 0, timeout)
    case .none: tls_set_session_cache(handle, 1, 0, timeout)
    case .builtin(let size): tls_set_session_cache(handle, 2, UInt(size), timeout)
    }
    if !settings.usesTickets { tls_refuse_tickets(handle) }
    try setTicketKeys(ticketKeys)
    if !settings.alpn.isEmpty {
      let names = settings.alpn.flatMap { [UInt8(clamping: $0.count)] + $0.bytes }
      tls_set_server_alpn(handle, names, UInt32(names.count))
    }
  }

  private func setTicketKeys(_ keys: TLSTicketKeys?) throws(TLSError) {
    guard let keys else { return }
    guard tls_use_ticket_keys(handle, keys.handle) == 1 else {
      throw .taking("SSL_CTX_set_tlsext_ticket_key_cb() failed")
    }
  }

  private func readHellos() throws(TLSError) {
    let isSet = tls_set_hello_reader(
      handle,
      { session, hello, context in
        guard let session, let hello, let context else { return 1 }
        return Unmanaged<TLSContext>.fromOpaque(context).takeUnretainedValue()
          .read(hello.pointee, of: session) ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
    guard isSet == 1 else { throw .taking("SSL_CTX_set_select_certificate_cb() failed") }
  }

  /// - Returns: Whether the handshake goes on.
  private func read(_ hello: tls_client_hello, of session: OpaquePointer) -> Bool {
    guard let owner = tls_owner(session) else { return true }
    let own = Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue()
    own.offer = TLSOffer(hello)
    return choose(
      ByteString(UnsafeRawBufferPointer(start: hello.name, count: hello.name_count)), own)
  }

  /// - Returns: Whether the handshake goes on.
  private func choose(_ name: ByteString, _ session: TLSSession) -> Bool {
    guard let nameChooser else { return true }
    session.announcedName = name
    defer { session.announcedName = nil }
    guard let chosen = nameChooser(name) else { return false }
    if chosen !== self {
      tls_switch_context(session.handle, chosen.handle)
      session.context = chosen
    }
    return true
  }
}

/// A certificate with its key, as sessions use it.
private final class Credential {
  let handle: OpaquePointer

  /// The kind of the key, such as `EVP_PKEY_EC`.
  var kind = EVP_PKEY_NONE

  var isElliptic: Bool { kind == EVP_PKEY_EC || kind == EVP_PKEY_ED25519 }

  init?() {
    guard let handle = SSL_CREDENTIAL_new_x509() else { return nil }
    self.handle = handle
  }

  deinit { SSL_CREDENTIAL_free(handle) }
}

extension TLSContext.Side {
  /// What is offered where nothing else is said: those of the library and P-521, as OpenSSL does;
  /// a server that is asked may be one that long first messages confuse.
  fileprivate var usualGroups: String {
    let classic = "X25519:P-256:P-384:P-521"
    return self == .server ? "X25519MLKEM768:" + classic : classic
  }
}
