/// The kinds of block that a directive may stand in, with the names of nginx's documentation.
package struct Contexts: OptionSet, Sendable, Hashable {
  /// One bit for each kind of block.
  package let rawValue: UInt16

  /// Kinds by their bits.
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Outside of all blocks.
  package static let main = Contexts(rawValue: 1 << 0)

  /// `events`.
  package static let events = Contexts(rawValue: 1 << 1)

  /// `http`.
  package static let http = Contexts(rawValue: 1 << 2)

  /// `server`.
  package static let server = Contexts(rawValue: 1 << 3)

  /// `location`.
  package static let location = Contexts(rawValue: 1 << 4)

  /// `upstream`.
  package static let upstream = Contexts(rawValue: 1 << 5)

  /// An `if` that stands in a server.
  package static let ifInServer = Contexts(rawValue: 1 << 6)

  /// An `if` that stands in a location.
  package static let ifInLocation = Contexts(rawValue: 1 << 7)

  /// `limit_except`.
  package static let limitExcept = Contexts(rawValue: 1 << 8)

  /// `stream`.
  package static let stream = Contexts(rawValue: 1 << 9)

  /// A `server` that stands in `stream`.
  package static let serverInStream = Contexts(rawValue: 1 << 10)

  /// An `upstream` that stands in `stream`.
  package static let upstreamInStream = Contexts(rawValue: 1 << 11)

  /// Whether the block belongs to `stream`.
  package var isInStream: Bool { !isDisjoint(with: .ofStream) }

  /// `stream` and the blocks inside it.
  static let ofStream: Contexts = [.stream, .serverInStream, .upstreamInStream]

  /// The names in the order of the manual, such as `http`, `server`, `if in location`.
  package var names: [String] {
    Contexts.allNames.filter { contains($0.0) }.map(\.1)
  }

  private static let allNames: [(Contexts, String)] = [
    (.main, "main"), (.events, "events"), (.http, "http"), (.server, "server"),
    (.location, "location"), (.upstream, "upstream"), (.ifInServer, "if in server"),
    (.ifInLocation, "if in location"), (.limitExcept, "limit_except"),
    (.stream, "stream"), (.serverInStream, "server in stream"),
    (.upstreamInStream, "upstream in stream"),
  ]
}
