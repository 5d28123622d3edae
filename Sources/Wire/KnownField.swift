import Bytes

/// A field name that the program itself asks for; in alphabetical order.
///
/// A line of a head is looked up once, when it is read, so that later questions compare numbers.
public enum KnownField: UInt8, Sendable, CaseIterable {
  /// Any other name.
  case other
  case accept, acceptEncoding, acceptRanges, authorization, cacheControl, connection
  case contentDisposition, contentEncoding, contentLength, contentRange, contentType, cookie
  case date, entityTag, expect, expires, host, ifMatch, ifModifiedSince, ifNoneMatch, ifRange
  case ifUnmodifiedSince, keepAlive, lastModified, link, location, origin, pragma
  case proxyAuthenticate, proxyAuthorization, proxyConnection, range, referer, refresh
  case secWebSocketKey, server, setCookie, status, te, trailer, transferEncoding, upgrade
  case userAgent, vary, via, wwwAuthenticate, xAccelBuffering, xAccelCharset, xAccelExpires
  case xAccelLimitRate, xAccelRedirect, xForwardedFor, xForwardedHost, xForwardedProto, xPad
  case xRealIP

  /// The name in lower case; empty for ``other``.
  public var name: StaticString {
    switch self {
    case .other: ""
    case .accept: "accept"
    case .acceptEncoding: "accept-encoding"
    case .acceptRanges: "accept-ranges"
    case .authorization: "authorization"
    case .cacheControl: "cache-control"
    case .connection: "connection"
    case .contentDisposition: "content-disposition"
    case .contentEncoding: "content-encoding"
    case .contentLength: "content-length"
    case .contentRange: "content-range"
    case .contentType: "content-type"
    case .cookie: "cookie"
    case .date: "date"
    case .entityTag: "etag"
    case .expect: "expect"
    case .expires: "expires"
    case .host: "host"
    case .ifMatch: "if-match"
    case .ifModifiedSince: "if-modified-since"
    case .ifNoneMatch: "if-none-match"
    case .ifRange: "if-range"
    case .ifUnmodifiedSince: "if-unmodified-since"
    case .keepAlive: "keep-alive"
    case .lastModified: "last-modified"
    case .link: "link"
    case .location: "location"
    case .origin: "origin"
    case .pragma: "pragma"
    case .proxyAuthenticate: "proxy-authenticate"
    case .proxyAuthorization: "proxy-authorization"
    case .proxyConnection: "proxy-connection"
    case .range: "range"
    case .referer: "referer"
    case .refresh: "refresh"
    case .secWebSocketKey: "sec-websocket-key"
    case .server: "server"
    case .setCookie: "set-cookie"
    case .status: "status"
    case .te: "te"
    case .trailer: "trailer"
    case .transferEncoding: "transfer-encoding"
    case .upgrade: "upgrade"
    case .userAgent: "user-agent"
    case .vary: "vary"
    case .via: "via"
    case .wwwAuthenticate: "www-authenticate"
    case .xAccelBuffering: "x-accel-buffering"
    case .xAccelCharset: "x-accel-charset"
    case .xAccelExpires: "x-accel-expires"
    case .xAccelLimitRate: "x-accel-limit-rate"
    case .xAccelRedirect: "x-accel-redirect"
    case .xForwardedFor: "x-forwarded-for"
    case .xForwardedHost: "x-forwarded-host"
    case .xForwardedProto: "x-forwarded-proto"
    case .xPad: "x-pad"
    case .xRealIP: "x-real-ip"
    }
  }

  /// ``FieldName/hash(of:)`` of the name.
  public var nameHash: UInt32 { KnownFieldTable.shared.hash(of: self) }

  /// The known field of a name in any case of letters.
  ///
  /// - Parameters:
  ///   - hash: ``FieldName/hash(of:)`` of the name.
  ///   - range: Where the name stands.
  init(hash: UInt32, _ bytes: Span<UInt8>, in range: Range<Int>) {
    self = KnownFieldTable.shared.field(hash: hash, bytes, in: range)
  }

  /// The known field of a name in lower case.
  init(_ name: ByteString) {
    self = name.bytes.withUnsafeBufferPointer {
      KnownField(hash: FieldName.hash(of: name), $0.span, in: 0..<name.count)
    }
  }
}

/// A set of known fields, such as those that are not passed on.
public struct KnownFieldSet: Sendable, Equatable, ExpressibleByArrayLiteral {
  /// A bit for each ``KnownField/rawValue``; ``KnownField/other`` is never a member.
  @usableFromInline private(set) var bits: UInt64 = 0

  /// The set of some fields.
  public init(arrayLiteral fields: KnownField...) {
    for field in fields { insert(field) }
  }

  /// Adds a field.
  @inlinable public mutating func insert(_ field: KnownField) {
    if field != .other { bits |= 1 << UInt64(field.rawValue) }
  }

  /// Whether a field is a member.
  @inlinable public func contains(_ field: KnownField) -> Bool {
    bits >> UInt64(field.rawValue) & 1 == 1
  }

  /// Whether the sets have a member in common.
  @inlinable public func intersects(_ other: KnownFieldSet) -> Bool { bits & other.bits != 0 }

  /// Drops all members.
  @inlinable public mutating func removeAll() { bits = 0 }
}

/// Finds known fields by the hash of their name.
///
/// Soundness: the memory is filled before anybody else sees the table and never changes or goes;
/// names are static text.
private struct KnownFieldTable: @unchecked Sendable {
  static let shared = KnownFieldTable()

  struct Entry {
    var hash: UInt32
    var field: KnownField
    var name: StaticString
  }

  /// Four times as many places as names, so that most searches end at once.
  private static let mask: UInt32 = 255

  private let entries: UnsafeMutablePointer<Entry>

  /// The hash of each field's name, by ``KnownField/rawValue``.
  private let hashes: UnsafeMutablePointer<UInt32>

  private init() {
    precondition(KnownField.allCases.count <= 64, "a KnownFieldSet has a bit for each field")
    hashes = .allocate(capacity: KnownField.allCases.count)
    hashes.initialize(repeating: 0, count: KnownField.allCases.count)
    let count = Int(KnownFieldTable.mask) + 1
    entries = .allocate(capacity: count)
    entries.initialize(repeating: Entry(hash: 0, field: .other, name: ""), count: count)
    for field in KnownField.allCases where field != .other {
      let hash = FieldName.hash(of: ByteString(stringLiteral: field.name))
      hashes[Int(field.rawValue)] = hash
      var place = hash & KnownFieldTable.mask
      while entries[Int(place)].field != .other { place = (place &+ 1) & KnownFieldTable.mask }
      entries[Int(place)] = Entry(hash: hash, field: field, name: field.name)
    }
  }

  /// The hash of a field's name.
  func hash(of field: KnownField) -> UInt32 { hashes[Int(field.rawValue)] }

  func field(hash: UInt32, _ bytes: Span<UInt8>, in range: Range<Int>) -> KnownField {
    var place = Int(hash & KnownFieldTable.mask)
    while entries[place].field != .other {
      if entries[place].hash == hash, isName(entries[place].name, bytes, range) {
        return entries[place].field
      }
      place = (place &+ 1) & Int(KnownFieldTable.mask)
    }
    return .other
  }

  /// Whether the bytes are a name, in any case of letters.
  ///
  /// Eight bytes are compared at once. Setting the bit of small letters makes no other two bytes of
  /// a field name equal: a control character that becomes `-` ends a name.
  private func isName(_ name: StaticString, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    let count = name.utf8CodeUnitCount
    guard count == range.count, range.lowerBound >= 0, range.upperBound <= bytes.count else {
      return false
    }
    return bytes.withUnsafeBytes { memory in
      let start = memory.baseAddress.unsafelyUnwrapped + range.lowerBound
      let text = UnsafeRawPointer(name.utf8Start)
      var offset = 0
      while offset &+ 8 <= count {
        let word = (start + offset).loadUnaligned(as: UInt64.self) | 0x2020_2020_2020_2020
        if word != (text + offset).loadUnaligned(as: UInt64.self) { return false }
        offset &+= 8
      }
      while offset < count {
        if start.load(fromByteOffset: offset, as: UInt8.self) | 0x20
          != text.load(fromByteOffset: offset, as: UInt8.self)
        {
          return false
        }
        offset &+= 1
      }
      return true
    }
  }
}
