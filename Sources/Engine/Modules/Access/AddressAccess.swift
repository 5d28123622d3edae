import Sockets

/// Lets clients in, or keeps them out, by their address.
struct AddressAccess: AccessRule {
  private let rules: [AddressRule]

  /// Whether an IPv6 address that stands for an IPv4 one is looked at as the latter.
  private let hasV4Rules: Bool

  /// nil where there are no rules.
  init?(_ rules: [AddressRule]) {
    guard !rules.isEmpty else { return nil }
    self.rules = rules
    hasV4Rules = rules.contains { rule in
      switch rule.subject {
      case .all: true
      case .network(let network): network.isV4
      case .unix: false
      }
    }
  }

  func decide(_ exchange: Exchange) async throws(Failure) -> AccessDecision {
    guard let rule = rule(for: exchange.connection.peerAddress.host) else { return .undecided }
    guard rule.isDenied else { return .allowed }
    if exchange.settings.core.mustSatisfy == .all {
      exchange.logError(.error, "access forbidden by rule")
    }
    return .denied(403)
  }

  /// The first rule for an address; nil where no rule is for it.
  func rule(for host: SocketAddress.Host) -> AddressRule? {
    let host = hasV4Rules ? host.mappedV4 ?? host : host
    return rules.first { rule in
      switch rule.subject {
      case .all: true
      case .unix: if case .unix = host { true } else { false }
      case .network(let network): network.contains(host)
      }
    }
  }
}
