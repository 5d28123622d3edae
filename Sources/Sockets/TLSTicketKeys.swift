import Bytes
import CBoringSSL

/// The keys that tickets are encrypted with, which contexts may share.
///
/// Keys that no file gives are random, and a new one begins when sessions of the last would have
/// ended; that one then only decrypts, and goes in its turn. Unchecked: a lock guards them.
public final class TLSTicketKeys: @unchecked Sendable {
  let handle: OpaquePointer

  /// Servers without tickets have keys, too: another one at their address may give tickets out,
  /// and uses the keys of the first.
  ///
  /// - Returns: nil for clients.
  /// - Throws: Where a key has the wrong length.
  public init?(_ settings: TLSSettings, _ side: TLSContext.Side) throws(TLSError) {
    guard side == .server else { return nil }
    var records: [UInt8] = []
    for key in settings.ticketKeys {
      guard key.count == 48 || key.count == 80 else {
        throw TLSError("a session ticket key must be 48 or 80 bytes")
      }
      records += key.bytes + [UInt8](repeating: 0, count: 80 - key.count)
    }
    let sizes = settings.ticketKeys.map { UInt8($0.count) }
    let keys =
      sizes.isEmpty
      ? tls_random_ticket_keys(min(max(1, settings.sessionTimeout), 1 << 40))
      : tls_fixed_ticket_keys(records, sizes, CInt(sizes.count))
    guard let keys else { throw .taking("keys of session tickets cannot be made") }
    handle = keys
  }

  deinit { tls_release_ticket_keys(handle) }
}
