import Bytes
import CLinux
import Sockets

/// The keys of a server's session tickets, where no `ssl_session_ticket_key` names them.
///
/// A reload that leaves the server's TLS alone leaves them in use, so that clients go on resuming
/// their sessions; a key that has been in use for the life of a session gives way to a new one
/// then, and is understood until the next.
struct TicketKeys: Sendable {
  /// What tells a server apart from others, and from what it was before its TLS changed.
  struct Owner: Hashable, Sendable {
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

  /// The first is used for new tickets.
  let keys: [ByteString]

  /// When the first came into use, in milliseconds of the monotonic clock.
  private let time: UInt64

  /// - Parameters:
  ///   - former: The keys of the configuration before.
  ///   - lifetime: How long a ticket is good for, in seconds.
  init(
    former: TicketKeys? = nil, lifetime: Int = 0, now: UInt64 = linux_milliseconds(CLOCK_MONOTONIC)
  ) {
    if let former, now - former.time < UInt64(max(lifetime, 0)) * 1_000 {
      self = former
    } else {
      keys = [TLSSettings.randomTicketKey()] + (former?.keys.prefix(1) ?? [])
      time = now
    }
  }
}

extension Load {
  /// The keys of a server's tickets: the former ones where nothing changed that concerns its TLS.
  func ticketKeys(_ owner: TicketKeys.Owner, _ settings: TLSSettings) -> TicketKeys {
    var owner = owner
    while ticketKeys[owner] != nil { owner.number += 1 }
    let keys = TicketKeys(
      former: options.predecessor?.ticketKeys[owner], lifetime: settings.sessionTimeout)
    ticketKeys[owner] = keys
    return keys
  }
}
