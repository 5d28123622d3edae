public import Bytes

/// The name of a field, ready to be looked up: in lower case, with its hash.
///
/// Field names are compared without case (RFC 9110, section 5.1).
public struct FieldName: Hashable, Sendable {
  /// The name in lower case.
  public let bytes: ByteString

  /// The hash that ``FieldLine/nameHash`` is compared with.
  public let hash: UInt32

  /// - Parameter name: A name in any case.
  public init(_ name: ByteString) {
    bytes = name.lowercased
    hash = FieldName.hash(of: bytes)
  }

  /// The hash of a name in any case and spelling.
  ///
  /// `-` and `_` count as the same byte, so that a variable's spelling (`$http_x_real_ip`) finds
  /// its field (`X-Real-IP`) by the same hash.
  public static func hash(of name: ByteString) -> UInt32 {
    var hash = FieldName.seed
    for byte in name.bytes { hash = FieldName.extend(hash, by: byte) }
    return hash
  }

  /// The start of a hash: the offset basis of 32-bit FNV-1a.
  @inlinable public static var seed: UInt32 { 2_166_136_261 }

  /// The hash of a name that is longer by one byte.
  @inlinable public static func extend(_ hash: UInt32, by byte: UInt8) -> UInt32 {
    (hash ^ UInt32(spelling(of: byte))) &* 16_777_619
  }

  /// A byte of a name as variables spell it: in lower case, `-` as `_`.
  @inlinable public static func spelling(of byte: UInt8) -> UInt8 {
    byte == 0x2D ? 0x5F : ASCII.lowercase(byte)
  }
}

extension FieldName: ExpressibleByStringLiteral {
  public init(stringLiteral text: StaticString) {
    self.init(ByteString(stringLiteral: text))
  }
}

// MARK: - The names that the program itself asks for, in alphabetical order

extension FieldName {
  public static let accept: FieldName = "accept"
  public static let acceptEncoding: FieldName = "accept-encoding"
  public static let acceptLanguage: FieldName = "accept-language"
  public static let acceptRanges: FieldName = "accept-ranges"
  public static let age: FieldName = "age"
  public static let allow: FieldName = "allow"
  public static let authorization: FieldName = "authorization"
  public static let cacheControl: FieldName = "cache-control"
  public static let connection: FieldName = "connection"
  public static let contentDisposition: FieldName = "content-disposition"
  public static let contentEncoding: FieldName = "content-encoding"
  public static let contentLanguage: FieldName = "content-language"
  public static let contentLength: FieldName = "content-length"
  public static let contentLocation: FieldName = "content-location"
  public static let contentRange: FieldName = "content-range"
  public static let contentType: FieldName = "content-type"
  public static let cookie: FieldName = "cookie"
  public static let date: FieldName = "date"
  public static let entityTag: FieldName = "etag"
  public static let expect: FieldName = "expect"
  public static let expires: FieldName = "expires"
  public static let forwarded: FieldName = "forwarded"
  public static let host: FieldName = "host"
  public static let ifMatch: FieldName = "if-match"
  public static let ifModifiedSince: FieldName = "if-modified-since"
  public static let ifNoneMatch: FieldName = "if-none-match"
  public static let ifRange: FieldName = "if-range"
  public static let ifUnmodifiedSince: FieldName = "if-unmodified-since"
  public static let keepAlive: FieldName = "keep-alive"
  public static let lastModified: FieldName = "last-modified"
  public static let link: FieldName = "link"
  public static let location: FieldName = "location"
  public static let origin: FieldName = "origin"
  public static let pragma: FieldName = "pragma"
  public static let proxyAuthenticate: FieldName = "proxy-authenticate"
  public static let proxyAuthorization: FieldName = "proxy-authorization"
  public static let proxyConnection: FieldName = "proxy-connection"
  public static let range: FieldName = "range"
  public static let referer: FieldName = "referer"
  public static let refresh: FieldName = "refresh"
  public static let retryAfter: FieldName = "retry-after"
  public static let secWebSocketAccept: FieldName = "sec-websocket-accept"
  public static let secWebSocketKey: FieldName = "sec-websocket-key"
  public static let secWebSocketProtocol: FieldName = "sec-websocket-protocol"
  public static let secWebSocketVersion: FieldName = "sec-websocket-version"
  public static let server: FieldName = "server"
  public static let setCookie: FieldName = "set-cookie"
  public static let status: FieldName = "status"
  public static let te: FieldName = "te"
  public static let trailer: FieldName = "trailer"
  public static let transferEncoding: FieldName = "transfer-encoding"
  public static let upgrade: FieldName = "upgrade"
  public static let userAgent: FieldName = "user-agent"
  public static let vary: FieldName = "vary"
  public static let via: FieldName = "via"
  public static let wwwAuthenticate: FieldName = "www-authenticate"
  public static let xAccelBuffering: FieldName = "x-accel-buffering"
  public static let xAccelCharset: FieldName = "x-accel-charset"
  public static let xAccelExpires: FieldName = "x-accel-expires"
  public static let xAccelLimitRate: FieldName = "x-accel-limit-rate"
  public static let xAccelRedirect: FieldName = "x-accel-redirect"
  public static let xForwardedFor: FieldName = "x-forwarded-for"
  public static let xForwardedHost: FieldName = "x-forwarded-host"
  public static let xForwardedProto: FieldName = "x-forwarded-proto"
  public static let xPad: FieldName = "x-pad"
  public static let xRealIP: FieldName = "x-real-ip"
}
