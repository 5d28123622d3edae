import Bytes
import Sockets

/// A set of addresses that share their first bits, such as `10.0.0.0/8` or `2001:db8::/32`.
struct CIDR: Sendable, Equatable {
  /// The bits that count, in the highest places; those of IPv4 fill the high half's top.
  private let high: UInt64
  private let low: UInt64
  private let highMask: UInt64
  private let lowMask: UInt64
  let isV4: Bool

  /// The number of bits that count.
  let length: Int

  /// Whether the text had bits behind the prefix, which mean nothing.
  let hasMeaninglessBits: Bool

  /// - Parameter text: An address, or an address, a slash and the length of the prefix.
  init?(_ text: ByteString) {
    let slash = text.firstIndex(of: UInt8(ascii: "/"))
    let addressText = text[0..<(slash ?? text.count)]
    guard let address = SocketAddress(hostText: addressText, port: 0),
      let (high, low, isV4) = CIDR.bits(of: address.host)
    else { return nil }
    let width = isV4 ? 32 : 128
    let length = slash.map { text.dropFirst($0 + 1).decimalNumber } ?? width
    guard let length, length <= width else { return nil }
    (highMask, lowMask) = CIDR.masks(length: length)
    self.length = length
    self.high = high & highMask
    self.low = low & lowMask
    self.isV4 = isV4
    hasMeaninglessBits = self.high != high || self.low != low
  }

  /// Whether an address is in the set; an address of the other family never is.
  func contains(_ host: SocketAddress.Host) -> Bool {
    guard let (high, low, isV4) = CIDR.bits(of: host), isV4 == self.isV4 else { return false }
    return high & highMask == self.high && low & lowMask == self.low
  }

  /// The address with all other bits zero.
  var firstAddress: (high: UInt64, low: UInt64) { (high, low) }

  /// The bits of a prefix.
  static func masks(length: Int) -> (high: UInt64, low: UInt64) {
    // A shift by the whole width or more leaves nothing, as Swift's smart shifts do.
    (
      ~(UInt64.max >> UInt64(length)),
      length > 64 ? ~(UInt64.max >> UInt64(length - 64)) : 0
    )
  }

  /// An address as bits, in the places of a prefix; nil for Unix sockets.
  static func bits(
    of host: SocketAddress.Host
  ) -> (high: UInt64, low: UInt64, isV4: Bool)? {
    switch host {
    case .v4(let number): (UInt64(number) << 32, 0, true)
    case .v6(let high, let low, _): (high, low, false)
    case .unix: nil
    }
  }
}

extension SocketAddress.Host {
  /// The IPv4 address that an IPv6 address of the form `::ffff:a.b.c.d` stands for; nil for others.
  var mappedV4: SocketAddress.Host? {
    guard case .v6(high: 0, let low, _) = self, low >> 32 == 0xFFFF else { return nil }
    return .v4(UInt32(truncatingIfNeeded: low))
  }
}
