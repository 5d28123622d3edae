import Bytes

/// A question to a name server: which addresses a name has (RFC 1035, section 4.1).
struct NameQuestion: Hashable {
  /// The types of records that name servers are asked for or answer with.
  enum RecordType: UInt16 {
    /// An IPv4 address (RFC 1035, section 3.4.1).
    case a = 1
    /// The name that another one stands for (RFC 1035, section 3.3.1).
    case cname = 5
    /// An IPv6 address (RFC 3596, section 2.1).
    case aaaa = 28
  }

  /// The length of a message's header.
  static let headerLength = 12

  /// The flag that asks the name server to find out what it does not know itself.
  private static let recursionDesired: UInt8 = 1

  /// The class of the Internet.
  static let internet: UInt16 = 1

  let name: ByteString
  let type: RecordType

  /// The message with a new random identifier; nil for what is no name: a label of 1 to 63 bytes
  /// between the dots.
  ///
  /// nginx: a name of more than 255 bytes is asked for, too; what to do about it is left to the
  /// name server. RFC 1035, section 2.3.4: such a name does not exist.
  func message() -> [UInt8]? {
    let identifier = UInt16.random(in: .min ... .max)
    var message: [UInt8] = [UInt8(identifier >> 8), UInt8(identifier & 0xFF)]
    message += [NameQuestion.recursionDesired, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    for label in name.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
      guard (1...63).contains(label.count) else { return nil }
      message.append(UInt8(label.count))
      message += label
    }
    message += [0, 0, UInt8(type.rawValue), 0, UInt8(NameQuestion.internet)]
    return message
  }
}
