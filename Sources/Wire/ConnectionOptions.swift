import Bytes

/// The options of `Connection`, which concern this connection only (RFC 9110, section 7.6.1).
public struct ConnectionOptions: Sendable {
  /// Whether `close` is among them.
  public private(set) var hasClose = false

  /// Whether `keep-alive` is among them.
  public private(set) var hasKeepAlive = false

  /// Whether `upgrade` is among them.
  public private(set) var hasUpgrade = false

  /// The most names that are kept: each costs a look at all fields.
  public static let maximumNominated = 64

  /// Whether more than ``maximumNominated`` names were given, so that some are not in
  /// ``nominated``: the message cannot be forwarded as it should.
  public private(set) var hasTooMany = false

  /// The names of fields that must not be forwarded, as ranges of the buffer of the fields.
  public private(set) var nominated: [ByteRange] = []

  /// The options of all `Connection` fields.
  public init(of fields: borrowing Fields) {
    if fields.known.contains(.connection) { read(fields) }
  }

  @inline(__always)
  private mutating func read(_ fields: Fields) {
    if !takeSingleOption(of: fields) { readAll(fields) }
  }

  @inline(never)
  private mutating func readAll(_ fields: Fields) {
    fields.forEachToken(of: .connection) { token in
      if note(token.range, fields.buffer) { return }
      if nominated.count == Self.maximumNominated {
        hasTooMany = true
      } else {
        nominated.append(token)
      }
    }
  }

  /// Most messages have one option, or two lines at most: a whole value that is a known option.
  ///
  /// - Returns: false where there may be more to read.
  @inline(__always)
  private mutating func takeSingleOption(of fields: Fields) -> Bool {
    guard let index = fields.firstIndex(of: .connection),
      fields.nextIndex(of: .connection, behind: index) == nil
    else { return false }
    return note(fields[index].value.range, fields.buffer)
  }

  /// Notes an option that is known; false where it is not.
  @inline(__always)
  private mutating func note(_ range: Range<Int>, _ buffer: ByteBuffer) -> Bool {
    switch range.count {
    case 5 where buffer.matchesIgnoringCase("close", in: range): hasClose = true
    case 7 where buffer.matchesIgnoringCase("upgrade", in: range): hasUpgrade = true
    case 10 where buffer.matchesIgnoringCase("keep-alive", in: range): hasKeepAlive = true
    default: return false
    }
    return true
  }

  private static let needed: KnownFieldSet = [.host, .contentLength, .transferEncoding]

  /// Whether the connection can serve another message after this one (RFC 9112, section 9.3).
  public func persists(in version: ProtocolVersion) -> Bool {
    version >= .http11 ? !hasClose : hasKeepAlive && !hasClose
  }

  /// Marks the nominated fields as removed.
  ///
  /// `Host` and the framing fields stay: RFC 9110 forbids to nominate what all recipients need, and
  /// whoever does so wants the next server to see another message.
  public func removeNominated(from fields: Fields) {
    for token in nominated {
      let name = FieldName(fields.buffer.bytes(in: token.range))
      guard !ConnectionOptions.needed.contains(name.known) else { continue }
      fields.remove(name)
    }
  }
}
