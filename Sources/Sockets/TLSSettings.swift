public import Bytes
import CBoringSSL

/// What the `ssl_…` directives say about one side of TLS; ``TLSContext`` is made from it.
public struct TLSSettings: Hashable, Sendable {
  /// PEM text, from a file or from memory.
  public struct Source: Hashable, Sendable {
    /// The path, as messages name it.
    public var name: String

    /// The text; nil reads the file ``name``.
    public var bytes: ByteString?

    /// A file, or bytes in place of its content.
    public init(name: String, bytes: ByteString? = nil) {
      self.name = name
      self.bytes = bytes
    }
  }

  /// A certificate with its chain, and its key.
  public struct KeyPair: Hashable, Sendable {
    /// The certificate, and those of its issuers behind it.
    public var certificate: Source

    /// The private key.
    public var key: Source

    /// A certificate with its key.
    public init(certificate: Source, key: Source) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// Versions of TLS.
  public struct Protocols: OptionSet, Hashable, Sendable {
    /// One bit for each version.
    public let rawValue: CInt

    /// Versions by their bits.
    public init(rawValue: CInt) { self.rawValue = rawValue }

    /// TLS 1.0.
    public static let tls10 = Protocols(rawValue: 1)

    /// TLS 1.1.
    public static let tls11 = Protocols(rawValue: 2)

    /// TLS 1.2.
    public static let tls12 = Protocols(rawValue: 4)

    /// TLS 1.3.
    public static let tls13 = Protocols(rawValue: 8)
  }

  /// A command of OpenSSL's configuration.
  public struct Command: Hashable, Sendable {
    /// Such as `Ciphersuites`.
    public var name: String

    /// Its argument.
    public var value: String

    /// Whether a command's argument is the path of a file.
    public static func takesFile(_ name: String) -> Bool {
      ["certificate", "privatekey"].contains(name.lowercased())
    }

    /// A command with its argument.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Where a server keeps its sessions.
  public enum SessionCache: Hashable, Sendable {
    /// Clients are told that sessions cannot be resumed.
    case off
    /// Clients are told that sessions may be resumed, but none is kept.
    case none
    /// A cache of so many sessions within the context.
    case builtin(Int)
  }

  /// Whether a server asks for the client's certificate; the verdict never ends the handshake.
  public enum Verification: Hashable, Sendable {
    case off, on, optional, optionalWithoutCA
  }

  /// A setting that may be wrong; numbers count from 0.
  public enum Part: Hashable, Sendable {
    case ciphers, certificate(Int), key(Int), clientCertificates, trustedCertificates
    case revocations, dhParameters, curves, command(Int)
  }

  /// Certificates with keys, such as one of RSA and one of EC.
  public var keyPairs: [KeyPair] = []
  /// Tried one after another on encrypted keys.
  public var passwords: [String] = []

  /// The versions that may be spoken.
  public var protocols: Protocols = [.tls12, .tls13]
  /// In OpenSSL's format, for TLS 1.2 and older.
  public var ciphers = "HIGH:!aNULL:!MD5"

  /// Whether the server's order of ciphers counts.
  public var prefersServerCiphers = false

  /// Where a server keeps sessions.
  public var sessionCache = SessionCache.none
  /// In seconds.
  public var sessionTimeout = 300

  /// Whether a server gives out session tickets.
  public var usesTickets = true
  /// Files of 48 or 80 bytes, of which the first encrypts; none for random keys that change.
  public var ticketKeys: [ByteString] = []

  /// Parameters of Diffie and Hellman, which are looked at only: the library has no DHE ciphers.
  public var dhParameters: Source?
  /// `auto`, or names with colons between them.
  public var curves = "auto"
  /// Commands of OpenSSL's configuration.
  public var commands: [Command] = []

  /// What happens to the peer's certificate.
  public var verification = Verification.off

  /// How long a chain of certificates may be.
  public var verifyDepth = 1
  /// Trusted certificates whose names are sent to clients.
  public var clientCertificates: Source?
  /// Trusted certificates whose names are not sent.
  public var trustedCertificates: Source?

  /// Revoked certificates; nil for none.
  public var revocations: Source?
  /// The server's protocols for ALPN, in order of preference; empty leaves the extension alone.
  public var alpn: [ByteString] = []
  /// Keeps the sessions of one virtual server apart from those of others; 32 bytes at most.
  public var sessionContext: ByteString = "HTTP"

  /// nginx's defaults.
  public init() {}
}

/// A failure of the TLS library, in the words nginx logs.
public struct TLSError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The sentence.
  public let description: String

  /// The setting that it is about; nil where it is about none.
  public internal(set) var part: TLSSettings.Part?

  /// What else is wrong with the same settings, in the order in which nginx would meet it.
  public internal(set) var others: [TLSError] = []

  /// A failure in words.
  public init(_ text: String) { description = text }

  /// A text followed by the errors that the library has queued on this thread, which are cleared.
  static func taking(_ text: String) -> TLSError { TLSError(text + takeErrors()) }

  /// The queued errors as ` (SSL: error:…)`; empty where there are none.
  ///
  /// Not inlined: its room is not to lie in the memory of a task.
  @inline(never)
  static func takeErrors() -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 2_048) { room in
      guard let start = room.baseAddress, tls_take_errors(start, 2_048) > 0 else { return "" }
      return String(cString: start)
    }
  }
}
