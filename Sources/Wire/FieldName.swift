package import Bytes

/// The name of a field, ready to be looked up: in lower case, with its hash.
///
/// Field names are compared without case (RFC 9110, section 5.1).
package struct FieldName: Hashable, Sendable {
  /// The name in lower case.
  package let bytes: ByteString

  /// The hash that ``FieldLine/nameHash`` is compared with.
  package let hash: UInt32

  /// - Parameter name: A name in any case.
  package init(_ name: ByteString) {
    bytes = name.lowercased
    hash = FieldName.hash(of: bytes)
  }

  /// The hash of a name in any case and spelling.
  ///
  /// `-` and `_` count as the same byte, so that a variable's spelling (`$http_x_real_ip`) finds
  /// its field (`X-Real-IP`) by the same hash.
  package static func hash(of name: ByteString) -> UInt32 {
    var hash = FieldName.seed
    for byte in name.bytes { hash = FieldName.extend(hash, by: byte) }
    return hash
  }

  /// The start of a hash: the offset basis of 32-bit FNV-1a.
  @inlinable package static var seed: UInt32 { 2_166_136_261 }

  /// The hash of a name that is longer by one byte.
  @inlinable package static func extend(_ hash: UInt32, by byte: UInt8) -> UInt32 {
    (hash ^ UInt32(spelling(of: byte))) &* 16_777_619
  }

  /// A byte of a name as variables spell it: in lower case, `-` as `_`.
  @inlinable package static func spelling(of byte: UInt8) -> UInt8 {
    byte == 0x2D ? 0x5F : ASCII.lowercase(byte)
  }
}

extension FieldName: ExpressibleByStringLiteral {
  /// A name in lower case.
  package init(stringLiteral text: StaticString) {
    self.init(ByteString(stringLiteral: text))
  }
}

// MARK: - The names that the program itself asks for, in alphabetical order

extension FieldName {
  package static let accept: FieldName = "accept"
  package static let acceptEncoding: FieldName = "accept-encoding"
  package static let acceptLanguage: FieldName = "accept-language"
  package static let acceptRanges: FieldName = "accept-ranges"
  package static let age: FieldName = "age"
  package static let allow: FieldName = "allow"
  package static let authorization: FieldName = "authorization"
  package static let cacheControl: FieldName = "cache-control"
  package static let connection: FieldName = "connection"
  package static let contentDisposition: FieldName = "content-disposition"
  package static let contentEncoding: FieldName = "content-encoding"
  package static let contentLanguage: FieldName = "content-language"
  package static let contentLength: FieldName = "content-length"
  package static let contentLocation: FieldName = "content-location"
  package static let contentRange: FieldName = "content-range"
  package static let contentType: FieldName = "content-type"
  package static let cookie: FieldName = "cookie"
  package static let date: FieldName = "date"
  package static let entityTag: FieldName = "etag"
  package static let expect: FieldName = "expect"
  package static let expires: FieldName = "expires"
  package static let forwarded: FieldName = "forwarded"
  package static let host: FieldName = "host"
  package static let ifMatch: FieldName = "if-match"
  package static let ifModifiedSince: FieldName = "if-modified-since"
  package static let ifNoneMatch: FieldName = "if-none-match"
  package static let ifRange: FieldName = "if-range"
  package static let ifUnmodifiedSince: FieldName = "if-unmodified-since"
  package static let keepAlive: FieldName = "keep-alive"
  package static let lastModified: FieldName = "last-modified"
  package static let link: FieldName = "link"
  package static let location: FieldName = "location"
  package static let origin: FieldName = "origin"
  package static let pragma: FieldName = "pragma"
  package static let proxyAuthenticate: FieldName = "proxy-authenticate"
  package static let proxyAuthorization: FieldName = "proxy-authorization"
  package static let proxyConnection: FieldName = "proxy-connection"
  package static let range: FieldName = "range"
  package static let referer: FieldName = "referer"
  package static let refresh: FieldName = "refresh"
  package static let retryAfter: FieldName = "retry-after"
  package static let secWebSocketAccept: FieldName = "sec-websocket-accept"
  package static let secWebSocketKey: FieldName = "sec-websocket-key"
  package static let secWebSocketProtocol: FieldName = "sec-websocket-protocol"
  package static let secWebSocketVersion: FieldName = "sec-websocket-version"
  package static let server: FieldName = "server"
  package static let setCookie: FieldName = "set-cookie"
  package static let status: FieldName = "status"
  package static let te: FieldName = "te"
  package static let trailer: FieldName = "trailer"
  package static let transferEncoding: FieldName = "transfer-encoding"
  package static let upgrade: FieldName = "upgrade"
  package static let userAgent: FieldName = "user-agent"
  package static let vary: FieldName = "vary"
  package static let via: FieldName = "via"
  package static let wwwAuthenticate: FieldName = "www-authenticate"
  package static let xAccelBuffering: FieldName = "x-accel-buffering"
  package static let xAccelCharset: FieldName = "x-accel-charset"
  package static let xAccelExpires: FieldName = "x-accel-expires"
  package static let xAccelLimitRate: FieldName = "x-accel-limit-rate"
  package static let xAccelRedirect: FieldName = "x-accel-redirect"
  package static let xForwardedFor: FieldName = "x-forwarded-for"
  package static let xForwardedHost: FieldName = "x-forwarded-host"
  package static let xForwardedProto: FieldName = "x-forwarded-proto"
  package static let xPad: FieldName = "x-pad"
  package static let xRealIP: FieldName = "x-real-ip"
}
