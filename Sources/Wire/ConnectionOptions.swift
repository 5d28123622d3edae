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

  private static let close: ByteString = "close"
  private static let keepAlive: ByteString = "keep-alive"
  private static let upgrade: ByteString = "upgrade"

  /// The options of all `Connection` fields.
  public init(of fields: Fields) {
    let buffer = fields.buffer
    var options = ConnectionOptions()
    fields.forEachToken(of: .connection) { token in
      if buffer.matchesIgnoringCase(Self.keepAlive, in: token.range) {
        options.hasKeepAlive = true
      } else if buffer.matchesIgnoringCase(Self.close, in: token.range) {
        options.hasClose = true
      } else if buffer.matchesIgnoringCase(Self.upgrade, in: token.range) {
        options.hasUpgrade = true
      } else if options.nominated.count == Self.maximumNominated {
        options.hasTooMany = true
      } else {
        options.nominated.append(token)
      }
    }
    self = options
  }

  private init() {}

  /// Whether the connection can serve another message after this one (RFC 9112, section 9.3).
  public func persists(in version: ProtocolVersion) -> Bool {
    version >= .http11 ? !hasClose : hasKeepAlive && !hasClose
  }

  /// Marks the nominated fields as removed.
  ///
  /// `Host` and the framing fields stay: RFC 9110 forbids to nominate what all recipients need, and
  /// whoever does so wants the next server to see another message.
  public func removeNominated(from fields: inout Fields) {
    for token in nominated {
      let name = FieldName(fields.buffer.bytes(in: token.range))
      guard name != .host, name != .contentLength, name != .transferEncoding else { continue }
      fields.remove(name)
    }
  }
}
