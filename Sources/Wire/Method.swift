import Bytes

/// The request methods that nginx knows by name.
public enum Method: UInt8, Sendable, CaseIterable {
  case get, head, post, put, delete, options, patch, connect, trace
  case mkcol, copy, move, propfind, proppatch, lock, unlock

  /// Any other method; its name is in the request line.
  case other

  /// The name as it stands in a request line; nil for ``other``.
  public var name: StaticString? {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .patch: "PATCH"
    case .connect: "CONNECT"
    case .trace: "TRACE"
    case .mkcol: "MKCOL"
    case .copy: "COPY"
    case .move: "MOVE"
    case .propfind: "PROPFIND"
    case .proppatch: "PROPPATCH"
    case .lock: "LOCK"
    case .unlock: "UNLOCK"
    case .other: nil
    }
  }

  /// The method with a name; methods are case-sensitive (RFC 9110, section 9.1).
  public init(_ bytes: Span<UInt8>, in range: Range<Int>) {
    guard range.count <= 8 else {
      self = Method.longMethod(bytes, in: range)
      return
    }
    self = Method(bytes.bytes.word(at: range.lowerBound), byteCount: range.count) ?? .other
  }

  /// The method with a name of at most eight bytes; nil where there is none.
  ///
  /// - Parameter word: The bytes of the name and what stands behind them, the first byte lowest.
  @inline(__always)
  init?(_ word: UInt64, byteCount: Int) {
    // A number does not tell how many zeros stand in front of it.
    guard byteCount > 0, word & 0xFF != 0 else { return nil }
    self.init(key: word.byteSwapped &>> UInt64((8 &- byteCount) &* 8))
  }

  /// - Parameter key: The bytes of the name as one number, the first byte highest.
  private init?(key: UInt64) {
    switch key {
    case 0x47_4554: self = .get
    case 0x4845_4144: self = .head
    case 0x504F_5354: self = .post
    case 0x50_5554: self = .put
    case 0x4445_4C45_5445: self = .delete
    case 0x4F_5054_494F_4E53: self = .options
    case 0x50_4154_4348: self = .patch
    case 0x43_4F4E_4E45_4354: self = .connect
    case 0x54_5241_4345: self = .trace
    case 0x4D_4B43_4F4C: self = .mkcol
    case 0x434F_5059: self = .copy
    case 0x4D4F_5645: self = .move
    case 0x5052_4F50_4649_4E44: self = .propfind
    case 0x4C4F_434B: self = .lock
    case 0x554E_4C4F_434B: self = .unlock
    default: return nil
    }
  }

  private static func longMethod(_ bytes: Span<UInt8>, in range: Range<Int>) -> Method {
    let name: StaticString = "PROPPATCH"
    guard range.count == name.utf8CodeUnitCount else { return .other }
    let isEqual = name.withUTF8Buffer { text in
      range.enumerated().allSatisfy { bytes[$0.element] == text[$0.offset] }
    }
    return isEqual ? .proppatch : .other
  }
}
