public import Bytes
import COpenSSL

/// The settings of TLS in OpenSSL's form (`SSL_CTX`), from which sessions are started.
///
/// Complete when it is made, and only read then, so loops may share it; with OpenSSL 3.0 one
/// context for each loop contends less. ``nameChooser`` must be set before the first session.
public final class TLSContext: @unchecked Sendable {
  /// Which end of a connection a context is for.
  public enum Side: Sendable { case server, client }

  /// Chooses the context for the name that a client asks for; nil refuses the handshake.
  ///
  /// The name is empty where the client sends none.
  public var nameChooser: (@Sendable (_ name: ByteString) -> TLSContext?)? {
    didSet { installNameChooser() }
  }

  /// Which end of connections the context is for.
  public let side: Side

  /// What happens to the peer's certificate.
  public let verification: TLSSettings.Verification

  let handle: OpaquePointer

  /// The name, version and date of the TLS library in use.
  public static var libraryVersion: String { String(cString: OpenSSL_version(OPENSSL_VERSION)) }

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
    tls_set_protocols(handle, settings.protocols.rawValue)
    try applyParts(of: settings)
    if side == .server { try setServer(settings, ticketKeys) } else { noteSessions() }
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
  private func applyParts(of settings: TLSSettings) throws(TLSError) {
    var failures = TLSFailures()
    failures.attempt(.ciphers) { () throws(TLSError) in try setCiphers(settings) }
    for (index, pair) in settings.keyPairs.enumerated() {
      let isUsed = failures.attempt(.certificate(index)) { () throws(TLSError) in
        try use(pair.certificate)
      }
      failures.attempt(.key(index)) { () throws(TLSError) in
        try use(pair.key, settings.passwords, matches: isUsed)
      }
    }
    failures.attempt(.clientCertificates) { () throws(TLSError) in
      try trust(settings.clientCertificates, announces: side == .server)
    }
    failures.attempt(.trustedCertificates) { () throws(TLSError) in
      try trust(settings.trustedCertificates, announces: false)
    }
    failures.attempt(.revocations) { () throws(TLSError) in try revoke(settings.revocations) }
    // OpenSSL counts the certificates between the ends, nginx the issuers too.
    if settings.verification != .off { tls_verify_leniently(handle, CInt(settings.verifyDepth)) }
    failures.attempt(.dhParameters) { () throws(TLSError) in try setDH(settings.dhParameters) }
    failures.attempt(.curves) { () throws(TLSError) in try setCurves(settings.curves) }
    run(settings.commands, noting: &failures)
    if let first = failures.first { throw first }
  }

  // MARK: - Certificates

  private func use(_ source: TLSSettings.Source) throws(TLSError) {
    let certificate = try open(source, "cannot load certificate")
    defer { BIO_free(certificate) }
    var loads: CInt = 0
    if let failed = tls_use_certificate(handle, certificate, &loads) {
      throw problem(failed, loads, "cannot load certificate", source)
    }
  }

  /// - Parameter matches: Whether the certificate is there that the key must match.
  private func use(
    _ source: TLSSettings.Source, _ passwords: [String], matches: Bool
  ) throws(TLSError) {
    var loads: CInt = 0
    var attempts: [String?] = passwords
    if attempts.isEmpty { attempts = [nil] }
    for (index, password) in attempts.enumerated() {
      let key = try open(source, "cannot load certificate key")
      defer { BIO_free(key) }
      guard let failed = tls_use_key(handle, key, password, &loads) else { return }
      if loads == 0 && !matches { break }
      if loads == 0 || index == attempts.count - 1 {
        throw problem(failed, loads, "cannot load certificate key", source)
      }
      ERR_clear_error()
    }
    ERR_clear_error()
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
    guard SSL_CTX_set_cipher_list(handle, settings.ciphers) == 1 else {
      throw .taking("SSL_CTX_set_cipher_list(\"\(settings.ciphers)\") failed")
    }
    if settings.prefersServerCiphers { tls_prefer_server_ciphers(handle) }
  }

  private func setDH(_ source: TLSSettings.Source?) throws(TLSError) {
    guard let source else { return }
    guard let bio = source.bytes == nil ? BIO_new_file(source.name, "r") : try open(source, "")
    else { throw .taking("BIO_new_file(\"\(source.name)\") failed") }
    defer { BIO_free(bio) }
    if let failed = tls_use_dh_parameters(handle, bio) {
      throw problem(failed, 0, "", source)
    }
  }

  private func setCurves(_ curves: String) throws(TLSError) {
    guard curves != "auto", tls_set_curves(handle, curves) != 1 else { return }
    throw .taking("SSL_CTX_set1_curves_list(\"\(curves)\") failed")
  }

  private func run(_ commands: [TLSSettings.Command], noting failures: inout TLSFailures) {
    guard !commands.isEmpty, let context = SSL_CONF_CTX_new() else { return }
    defer { SSL_CONF_CTX_free(context) }
    let flags = SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CERTIFICATE | SSL_CONF_FLAG_SHOW_ERRORS
    let ends = side == .server ? SSL_CONF_FLAG_SERVER : SSL_CONF_FLAG_CLIENT
    SSL_CONF_CTX_set_flags(context, UInt32(flags | ends))
    SSL_CONF_CTX_set_ssl_ctx(context, handle)
    for (index, command) in commands.enumerated() {
      failures.attempt(.command(index)) { () throws(TLSError) in
        guard SSL_CONF_cmd(context, command.name, command.value) <= 0 else { return }
        throw .taking("SSL_CONF_cmd(\"\(command.name)\", \"\(command.value)\") failed")
      }
    }
    failures.attempt(.command(commands.count - 1)) { () throws(TLSError) in
      guard SSL_CONF_CTX_finish(context) == 1 else { throw .taking("SSL_CONF_finish() failed") }
    }
  }

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
    guard SSL_CTX_set_session_id_context(handle, context, UInt32(context.count)) == 1 else {
      throw .taking("SSL_CTX_set_session_id_context() failed")
    }
    let timeout = settings.sessionTimeout
    switch settings.sessionCache {
    case .off: tls_set_session_cache(handle, 0, 0, timeout)
    case .none: tls_set_session_cache(handle, 1, 0, timeout)
    case .builtin(let size): tls_set_session_cache(handle, 2, size, timeout)
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

  private func installNameChooser() {
    let isSet = tls_set_name_chooser(
      handle,
      { session, name, count, context in
        guard let session, let context else { return 1 }
        let name = ByteString(UnsafeRawBufferPointer(start: name, count: name == nil ? 0 : count))
        return Unmanaged<TLSContext>.fromOpaque(context).takeUnretainedValue()
          .choose(name, for: session) ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
    precondition(isSet == 1)
  }

  /// - Returns: Whether the handshake goes on.
  private func choose(_ name: ByteString, for session: OpaquePointer) -> Bool {
    guard let nameChooser, let owner = tls_owner(session) else { return true }
    let own = Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue()
    own.announcedName = name
    defer { own.announcedName = nil }
    guard let chosen = nameChooser(name) else { return false }
    if chosen !== self {
      tls_switch_context(session, chosen.handle)
      own.context = chosen
    }
    return true
  }
}
