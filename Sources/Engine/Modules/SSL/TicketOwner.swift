import Bytes
import Sockets

/// What tells a server's session tickets apart from others, and from what they were before the
/// server's TLS changed.
///
/// A reload that leaves the server's TLS alone leaves the keys of its tickets in use, so that
/// clients go on resuming their sessions.
struct TicketOwner: Hashable, Sendable {
  private let names: [ByteString]

  /// The private keys are among the settings, so nothing but their hash is kept.
  private let settings: Int

  /// Tells apart what is equal otherwise, in the order of the file.
  var number = 0

  init(names: [ByteString], _ settings: TLSSettings) {
    self.names = names
    self.settings = settings.hashValue
  }
}

extension Load {
  /// The keys of a server's tickets: the former ones where nothing changed that concerns its TLS.
  ///
  /// - Returns: nil where the server gives out no tickets.
  func ticketKeys(
    _ owner: TicketOwner, _ settings: TLSSettings
  ) throws(TLSError) -> TLSTicketKeys? {
    let first = owner
    var owner = owner
    owner.number = ticketOwnerCounts[first, default: 0]
    ticketOwnerCounts[first] = owner.number + 1
    let former = options.predecessor?.ticketKeys[owner]
    let keys = if let former { former } else { try TLSTicketKeys(settings, .server) }
    ticketKeys[owner] = keys
    return keys
  }
}
