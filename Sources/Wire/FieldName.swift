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
  /// A name in lower case.
  public init(stringLiteral text: StaticString) {
    self.init(ByteString(stringLiteral: text))
  }
}

// MARK: - The names that the program itself asks for, in alphabetical order

extension FieldName {
  /// `Accept`.
  public static let accept: FieldName = "accept"
  /// `Accept-Encoding`.
  public static let acceptEncoding: FieldName = "accept-encoding"
  /// `Accept-Language`.
  public static let acceptLanguage: FieldName = "accept-language"
  /// `Accept-Ranges`.
  public static let acceptRanges: FieldName = "accept-ranges"
  /// `Age`.
  public static let age: FieldName = "age"
  /// `Allow`.
  public static let allow: FieldName = "allow"
  /// `Authorization`.
  public static let authorization: FieldName = "authorization"
  /// `Cache-Control`.
  public static let cacheControl: FieldName = "cache-control"
  /// `Connection`.
  public static let connection: FieldName = "connection"
  /// `Content-Disposition`.
  public static let contentDisposition: FieldName = "content-disposition"
  /// `Content-Encoding`.
  public static let contentEncoding: FieldName = "content-encoding"
  /// `Content-Language`.
  public static let contentLanguage: FieldName = "content-language"
  /// `Content-Length`.
  public static let contentLength: FieldName = "content-length"
  /// `Content-Location`.
  public static let contentLocation: FieldName = "content-location"
  /// `Content-Range`.
  public static let contentRange: FieldName = "content-range"
  /// `Content-Type`.
  public static let contentType: FieldName = "content-type"
  /// `Cookie`.
  public static let cookie: FieldName = "cookie"
  /// `Date`.
  public static let date: FieldName = "date"
  /// `ETag`.
  public static let entityTag: FieldName = "etag"
  /// `Expect`.
  public static let expect: FieldName = "expect"
  /// `Expires`.
  public static let expires: FieldName = "expires"
  /// `Forwarded`.
  public static let forwarded: FieldName = "forwarded"
  /// `Host`.
  public static let host: FieldName = "host"
  /// `If-Match`.
  public static let ifMatch: FieldName = "if-match"
  /// `If-Modified-Since`.
  public static let ifModifiedSince: FieldName = "if-modified-since"
  /// `If-None-Match`.
  public static let ifNoneMatch: FieldName = "if-none-match"
  /// `If-Range`.
  public static let ifRange: FieldName = "if-range"
  /// `If-Unmodified-Since`.
  public static let ifUnmodifiedSince: FieldName = "if-unmodified-since"
  /// `Keep-Alive`.
  public static let keepAlive: FieldName = "keep-alive"
  /// `Last-Modified`.
  public static let lastModified: FieldName = "last-modified"
  /// `Link`.
  public static let link: FieldName = "link"
  /// `Location`.
  public static let location: FieldName = "location"
  /// `Origin`.
  public static let origin: FieldName = "origin"
  /// `Pragma`.
  public static let pragma: FieldName = "pragma"
  /// `Proxy-Authenticate`.
  public static let proxyAuthenticate: FieldName = "proxy-authenticate"
  /// `Proxy-Authorization`.
  public static let proxyAuthorization: FieldName = "proxy-authorization"
  /// `Proxy-Connection`.
  public static let proxyConnection: FieldName = "proxy-connection"
  /// `Range`.
  public static let range: FieldName = "range"
  /// `Referer`.
  public static let referer: FieldName = "referer"
  /// `Refresh`.
  public static let refresh: FieldName = "refresh"
  /// `Retry-After`.
  public static let retryAfter: FieldName = "retry-after"
  /// `Sec-WebSocket-Accept`.
  public static let secWebSocketAccept: FieldName = "sec-websocket-accept"
  /// `Sec-WebSocket-Key`.
  public static let secWebSocketKey: FieldName = "sec-websocket-key"
  /// `Sec-WebSocket-Protocol`.
  public static let secWebSocketProtocol: FieldName = "sec-websocket-protocol"
  /// `Sec-WebSocket-Version`.
  public static let secWebSocketVersion: FieldName = "sec-websocket-version"
  /// `Server`.
  public static let server: FieldName = "server"
  /// `Set-Cookie`.
  public static let setCookie: FieldName = "set-cookie"
  /// `Status`.
  public static let status: FieldName = "status"
  /// `TE`.
  public static let te: FieldName = "te"
  /// `Trailer`.
  public static let trailer: FieldName = "trailer"
  /// `Transfer-Encoding`.
  public static let transferEncoding: FieldName = "transfer-encoding"
  /// `Upgrade`.
  public static let upgrade: FieldName = "upgrade"
  /// `User-Agent`.
  public static let userAgent: FieldName = "user-agent"
  /// `Vary`.
  public static let vary: FieldName = "vary"
  /// `Via`.
  public static let via: FieldName = "via"
  /// `WWW-Authenticate`.
  public static let wwwAuthenticate: FieldName = "www-authenticate"
  /// `X-Accel-Buffering`.
  public static let xAccelBuffering: FieldName = "x-accel-buffering"
  /// `X-Accel-Charset`.
  public static let xAccelCharset: FieldName = "x-accel-charset"
  /// `X-Accel-Expires`.
  public static let xAccelExpires: FieldName = "x-accel-expires"
  /// `X-Accel-Limit-Rate`.
  public static let xAccelLimitRate: FieldName = "x-accel-limit-rate"
  /// `X-Accel-Redirect`.
  public static let xAccelRedirect: FieldName = "x-accel-redirect"
  /// `X-Forwarded-For`.
  public static let xForwardedFor: FieldName = "x-forwarded-for"
  /// `X-Forwarded-Host`.
  public static let xForwardedHost: FieldName = "x-forwarded-host"
  /// `X-Forwarded-Proto`.
  public static let xForwardedProto: FieldName = "x-forwarded-proto"
  /// `X-Pad`.
  public static let xPad: FieldName = "x-pad"
  /// `X-Real-IP`.
  public static let xRealIP: FieldName = "x-real-ip"
}
