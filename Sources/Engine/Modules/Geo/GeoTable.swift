import Bytes
import Sockets
import Wire

/// The networks of one `geo` block with their values.
///
/// The longest prefix wins, so networks are looked up from the longest prefix to the shortest; of
/// ranges, the one that was written last.
struct GeoTable: Sendable {
  /// A network, or a range of IPv4 addresses.
  enum Key: Hashable, Sendable {
    case network(high: UInt64, low: UInt64, length: Int, isV4: Bool)
    case range(first: UInt32, last: UInt32)

    init(_ network: CIDR) {
      let (high, low) = network.firstAddress
      self = .network(high: high, low: low, length: network.length, isV4: network.isV4)
    }

    /// nil where the text is not `first-last`.
    init?(range text: ByteString) {
      let parts = text.split(on: UInt8(ascii: "-"))
      guard parts.count == 2,
        case .v4(let first)? = SocketAddress(hostText: parts[0], port: 0)?.host,
        case .v4(let last)? = SocketAddress(hostText: parts[1], port: 0)?.host, first <= last
      else { return nil }
      self = .range(first: first, last: last)
    }
  }

  /// What is given where nothing matches.
  var standard: ByteString?

  /// Proxies behind which the address of `X-Forwarded-For` counts.
  var proxies = AddressSet()
  var isRecursive = false

  /// Whether the block has ranges instead of networks.
  var hasRanges = false

  private var values: [Key: ByteString] = [:]
  /// The last that holds an address counts; nil leaves it to the default.
  private var ranges: [(first: UInt32, last: UInt32, value: ByteString?)] = []

  /// The lengths of the prefixes, from the longest to the shortest.
  private var lengths: [Int] = []

  /// Adds a value.
  ///
  /// - Returns: The value that was there before.
  mutating func insert(_ key: Key, _ value: ByteString) -> ByteString? {
    let old = values.updateValue(value, forKey: key)
    switch key {
    case .range(let first, let last):
      ranges.append((first, last, value))
    case .network(_, _, let length, _):
      if !lengths.contains(length) { lengths = (lengths + [length]).sorted(by: >) }
    }
    return old
  }

  /// Takes a value away.
  mutating func remove(_ key: Key) {
    values[key] = nil
    if case .range(let first, let last) = key {
      ranges.append((first, last, nil))
    }
  }

  /// The value of an address.
  func value(of host: SocketAddress.Host) -> ByteString? {
    let host = host.mappedV4 ?? host
    if hasRanges {
      guard case .v4(let number) = host.orLastV4 else { return standard }
      return ranges.last { $0.first <= number && number <= $0.last }?.value ?? standard
    }
    guard let (high, low, isV4) = CIDR.bits(of: host.orLastV4) else { return standard }
    for length in lengths {
      let (highMask, lowMask) = CIDR.masks(length: length)
      let key = Key.network(
        high: high & highMask, low: low & lowMask, length: length, isV4: isV4)
      if let value = values[key] { return value }
    }
    return standard
  }

  /// The value for a request.
  ///
  /// - Parameter variable: The variable that has the address; nil takes the client's.
  func value(for exchange: Exchange, addressIn variable: Int?) -> ByteString? {
    if let variable {
      guard let text = exchange.variable(variable),
        let address = SocketAddress(hostText: text, port: 0)
      else { return value(of: .v4(.max)) }
      return value(of: address.host)
    }
    let peer = exchange.connection.peerAddress
    if !proxies.isEmpty,
      let address = proxies.address(
        behind: peer, exchange.request.fields.values(of: .xForwardedFor),
        isRecursive: isRecursive)
    {
      return value(of: address.host)
    }
    return value(of: peer.host)
  }
}

extension SocketAddress.Host {
  /// nginx: a client of a Unix socket counts as 255.255.255.255.
  fileprivate var orLastV4: SocketAddress.Host {
    if case .unix = self { .v4(.max) } else { self }
  }
}
