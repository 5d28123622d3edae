public import Bytes
import CBoringSSL
import CLinux

/// What variables and log lines tell about a session.
extension TLSSession {
  /// The version of the protocol, such as `TLSv1.3`.
  public var protocolName: ByteString { TLSSession.text(SSL_get_version(handle)) }

  /// The cipher in use; empty before the handshake.
  public var cipher: ByteString {
    TLSSession.text(SSL_CIPHER_get_name(SSL_get_current_cipher(handle)))
  }

  /// The ciphers that the client supports, known ones by name, with colons between them.
  public var offeredCiphers: ByteString { offer?.names(of: \.ciphers, tls_cipher_name) ?? "" }

  /// The group of the key exchange; empty where there is none or it has no name.
  public var curve: ByteString {
    TLSSession.text(tls_group_name(UInt32(SSL_get_group_id(handle))))
  }

  /// The groups that the client offers, known ones by name, with colons between them.
  public var offeredCurves: ByteString { offer?.names(of: \.groups, tls_group_name) ?? "" }

  /// Whether an earlier session was resumed.
  public var isReused: Bool { SSL_session_reused(handle) == 1 }

  /// The session's identifier in hexadecimal.
  public var sessionID: ByteString {
    guard let session = SSL_get_session(handle) else { return ByteString() }
    var count: CUnsignedInt = 0
    guard let start = SSL_SESSION_get_id(session, &count) else { return ByteString() }
    return ByteString(hexadecimal: UnsafeBufferPointer(start: start, count: Int(count)))
  }

  /// The name that the client asked for; empty where it sent none.
  public var serverName: ByteString { announcedName ?? TLSSession.text(tls_server_name(handle)) }

  /// The protocol that ALPN chose; empty where none.
  public var alpn: ByteString {
    var start: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    SSL_get0_alpn_selected(handle, &start, &count)
    return ByteString(UnsafeBufferPointer(start: start, count: Int(count)))
  }

  // MARK: - The peer's certificate

  /// Whether the peer sent a certificate.
  public var hasPeerCertificate: Bool { tls_peer_certificate(handle) != nil }

  /// The verdict on the peer's certificate: 0 and `ok`, or the library's number and text.
  public var verifyResult: (code: Int, text: String) {
    let code = SSL_get_verify_result(handle)
    let text = String(cString: X509_verify_cert_error_string(code))
    // The spelling of OpenSSL 3, which scripts compare.
    return (code, text.replacing("self signed", with: "self-signed"))
  }

  /// Whether the verdict says no more than that the issuer is not trusted or not known.
  ///
  /// Source: nginx, "ngx_http_ssl_module", `ssl_verify_client optional_no_ca`.
  public var isVerdictAboutTrust: Bool {
    switch CInt(truncatingIfNeeded: SSL_get_verify_result(handle)) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
      X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      true
    default: false
    }
  }

  /// `SUCCESS`, `FAILED:reason`, or `NONE` without a certificate (`$ssl_client_verify`).
  public var clientVerdict: ByteString {
    guard hasPeerCertificate else { return "NONE" }
    let (code, text) = verifyResult
    return code == X509_V_OK ? "SUCCESS" : ByteString("FAILED:" + text)
  }

  /// Whether the peer's certificate is for a host.
  public func peerCertificateMatches(_ name: ByteString) -> Bool {
    guard let certificate = tls_peer_certificate(handle) else { return false }
    return X509_check_host(certificate, name.string, name.count, 0, nil) == 1
  }

  /// The peer's certificate in PEM; empty where it sent none.
  public var peerPEM: ByteString {
    written { bio, certificate in PEM_write_bio_X509(bio, certificate) == 1 }
  }

  /// The subject as RFC 2253 writes it.
  public var peerSubject: ByteString {
    written { bio, certificate in
      X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, tls_name_flags()) >= 0
    }
  }

  /// The issuer as RFC 2253 writes it.
  public var peerIssuer: ByteString {
    written { bio, certificate in
      X509_NAME_print_ex(bio, X509_get_issuer_name(certificate), 0, tls_name_flags()) >= 0
    }
  }

  /// The subject in OpenSSL's old form, such as `/CN=example.com`.
  public var peerSubjectOneLine: ByteString {
    written { bio, certificate in
      TLSSession.writeOneLine(X509_get_subject_name(certificate), to: bio)
    }
  }

  /// The issuer in OpenSSL's old form.
  public var peerIssuerOneLine: ByteString {
    written { bio, certificate in
      TLSSession.writeOneLine(X509_get_issuer_name(certificate), to: bio)
    }
  }

  private static func writeOneLine(_ name: OpaquePointer?, to bio: OpaquePointer) -> Bool {
    guard let text = X509_NAME_oneline(name, nil, 0) else { return false }
    defer { OPENSSL_free(text) }
    return BIO_puts(bio, text) >= 0
  }

  /// The serial number in hexadecimal.
  public var peerSerial: ByteString {
    written { bio, certificate in
      i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(certificate)) >= 0
    }
  }

  /// The SHA-1 fingerprint in lower-case hexadecimal.
  public var peerFingerprint: ByteString {
    guard let certificate = tls_peer_certificate(handle) else { return ByteString() }
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard X509_digest(certificate, EVP_sha1(), &digest, &count) == 1 else { return ByteString() }
    return ByteString(hexadecimal: digest.prefix(Int(count)))
  }

  /// When the certificate becomes valid, such as `Nov 22 16:07:59 2026 GMT`.
  public var peerNotBefore: ByteString {
    written { bio, certificate in ASN1_TIME_print(bio, X509_get0_notBefore(certificate)) == 1 }
  }

  /// When the certificate expires.
  public var peerNotAfter: ByteString {
    written { bio, certificate in ASN1_TIME_print(bio, X509_get0_notAfter(certificate)) == 1 }
  }

  /// Whole days until the certificate expires; 0 where it has, nil where there is none.
  public var peerDaysLeft: Int? {
    guard let certificate = tls_peer_certificate(handle) else { return nil }
    var (days, seconds): (CInt, CInt) = (0, 0)
    guard ASN1_TIME_diff(&days, &seconds, nil, X509_get0_notAfter(certificate)) == 1 else {
      return nil
    }
    return max(0, Int(days))
  }

  // MARK: - Resumption

  /// Offers an earlier session to the server; call it before the handshake.
  public func resume(_ resumption: TLSResumption) {
    SSL_set_session(handle, resumption.session)
  }

  // MARK: - Texts

  private static func text(_ start: UnsafePointer<CChar>?) -> ByteString {
    guard let start else { return ByteString() }
    return ByteString(UnsafeRawBufferPointer(start: start, count: strlen(start)))
  }

  private func written(_ write: (OpaquePointer, OpaquePointer) -> Bool) -> ByteString {
    guard let certificate = tls_peer_certificate(handle), let bio = BIO_new(BIO_s_mem())
    else { return ByteString() }
    defer { BIO_free(bio) }
    guard write(bio, certificate) else { return ByteString() }
    var count = 0
    let start = tls_memory(bio, &count)
    return ByteString(UnsafeRawBufferPointer(start: start, count: count))
  }
}

/// A session of a client that may be resumed on another connection.
///
/// Unchecked: references to sessions are counted atomically, and nothing writes to this one.
public final class TLSResumption: @unchecked Sendable {
  let session: OpaquePointer

  init(adopting session: OpaquePointer) { self.session = session }

  deinit { SSL_SESSION_free(session) }
}
