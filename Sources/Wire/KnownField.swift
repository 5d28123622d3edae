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
  init(_ name: ByteString) {
    self = KnownFieldTable.shared.field(NameWords(name)) ?? .other
  }
}

/// A set of known fields, such as those that are not passed on.
public struct KnownFieldSet: Sendable, Equatable, ExpressibleByArrayLiteral {
  /// A bit for each ``KnownField/rawValue``; that of ``KnownField/other``, the first, is never set.
  @usableFromInline private(set) var bits: UInt64 = 0

  /// An empty set.
  @inlinable @inline(__always) public init() {}

  /// The set of some fields.
  public init(arrayLiteral fields: KnownField...) {
    for field in fields { insert(field) }
  }

  /// Adds a field.
  @inlinable @inline(__always) public mutating func insert(_ field: KnownField) {
    bits |= (1 &<< UInt64(field.rawValue)) & ~1
  }

  /// Whether a field is a member.
  @inlinable @inline(__always) public func contains(_ field: KnownField) -> Bool {
    bits &>> UInt64(field.rawValue) & 1 == 1
  }

  /// Whether the sets have a member in common.
  @inlinable @inline(__always) public func intersects(_ other: KnownFieldSet) -> Bool {
    bits & other.bits != 0
  }

  /// The members that are in another set, too.
  @inlinable @inline(__always)
  public func intersection(_ other: KnownFieldSet) -> KnownFieldSet {
    var both = self
    both.bits &= other.bits
    return both
  }

  /// Drops all members.
  @inlinable @inline(__always) public mutating func removeAll() { bits = 0 }
}

/// Finds known fields by the hash of their name.
///
/// Soundness: the memory is filled before anybody else sees the table and never changes or goes;
/// places hold nothing but numbers.
struct KnownFieldTable: @unchecked Sendable {
  static let shared = KnownFieldTable()

  /// A name of at most 24 bytes, or none, which no name is equal to.
  private struct Entry {
    var field = KnownField.other
    var words = NameWords()

    /// The bits of the words in which another name may not differ: all but those of the cases of a
    /// letter.
    var masks = NameWords()
  }

  /// The number of places: four times as many as names, so that most searches end at once.
  private static let count = 256

  private struct Content {
    /// The names by the first bits of their hashes; what does not get its place gets the next one.
    var entries = InlineArray<256, Entry>(repeating: Entry())

    /// The hashes of the names, by ``KnownField/rawValue``.
    var hashes = InlineArray<64, UInt32>(repeating: 0)
  }

  private let content: UnsafeMutablePointer<Content>

  private init() {
    precondition(KnownField.allCases.count <= 64, "a KnownFieldSet has a bit for each field")
    var content = Content()
    for field in KnownField.allCases {
      let entry = KnownFieldTable.entry(for: field)
      let hash = entry.words.hash
      content.hashes[Int(field.rawValue)] = hash
      guard field != .other else { continue }
      var place = KnownFieldTable.place(of: hash)
      while content.entries[place].field != .other { place = KnownFieldTable.place(behind: place) }
      content.entries[place] = entry
    }
    self.content = .allocate(capacity: 1)
    self.content.initialize(to: content)
  }

  private static func entry(for field: KnownField) -> Entry {
    let name = ByteString(stringLiteral: field.name)
    precondition(name.count <= NameWords.longestName)
    let masks = name.bytes.map { ASCII.isLetter($0) ? 0xDF : 0xFF as UInt8 }
    return Entry(field: field, words: NameWords(name), masks: NameWords(ByteString(masks)))
  }

  @inline(__always)
  private static func place(of hash: UInt32) -> Int { Int(hash &>> 24) }

  @inline(__always)
  private static func place(behind place: Int) -> Int { (place &+ 1) & (count &- 1) }

  /// The hash of a field's name.
  func hash(of field: KnownField) -> UInt32 { content.pointee.hashes[Int(field.rawValue)] }

  /// The field of a name in any case of letters; nil where it is not known.
  @inline(__always)
  func field(_ name: NameWords) -> KnownField? {
    firstField(name.hash) { name.isEqual(to: $0.words, in: $0.masks) }
  }

  /// The field whose name has a hash; nil where there is none.
  func field(hash: UInt32) -> KnownField? { firstField(hash) { $0.words.hash == hash } }

  @inline(__always)
  private func firstField(_ hash: UInt32, where isWanted: (Entry) -> Bool) -> KnownField? {
    var place = KnownFieldTable.place(of: hash)
    while true {
      let entry = content.pointee.entries[place]
      if isWanted(entry) { return entry.field }
      if entry.field == .other { return nil }
      place = KnownFieldTable.place(behind: place)
    }
  }
}
