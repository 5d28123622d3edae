import Bytes

/// What a proxy tells besides addresses: the type-length-value fields of the PROXY protocol's
/// binary form, for `$proxy_protocol_tlv_…`.
///
/// Source: HAProxy, "The PROXY protocol, versions 1 & 2", section 2.2.
package struct ProxyProtocolValues: Sendable, Equatable {
  /// Why a name has no value.
  enum Problem: Error, Equatable {
    /// It is neither known nor a number.
    case nameUnknown
    /// A length leads beyond the end.
    case malformed

    /// What the error log says.
    func sentence(about name: ByteString) -> String {
      switch self {
      case .nameUnknown: "unknown PROXY protocol TLV \"\(name)\""
      case .malformed: "broken PROXY protocol TLV"
      }
    }
  }

  /// The fields, one behind the other.
  let bytes: [UInt8]

  /// The value of a field, or of one that the field of TLS holds.
  ///
  /// - Parameter name: `alpn`, `0x01`, `ssl_cn` and the like, in lower case.
  /// - Returns: nil where the proxy has not sent such a field.
  func value(named name: ByteString) throws(Problem) -> ByteString? {
    let prefix: ByteString = "ssl_"
    guard name.hasPrefix(prefix) else {
      return try ProxyProtocolValues.value(
        ofType: try ProxyProtocolValues.type(named: name, among: ProxyProtocolValues.types),
        in: bytes[...])
    }
    let tls = ProxyProtocolValues.tls
    guard let field = try ProxyProtocolValues.value(ofType: tls, in: bytes[...]) else { return nil }
    return try ProxyProtocolValues.tlsValue(named: name.dropFirst(prefix.count), in: field.bytes)
  }

  // MARK: - Names

  private static let tls = 0x20

  private static let types: [ByteString: Int] = [
    "alpn": 0x01, "authority": 0x02, "unique_id": 0x05, "ssl": tls, "netns": 0x30,
  ]

  private static let typesOfTLS: [ByteString: Int] = [
    "version": 0x21, "cn": 0x22, "cipher": 0x23, "sig_alg": 0x24, "key_alg": 0x25,
  ]

  /// - Returns: The type; a number beyond a byte is that of no field.
  private static func type(
    named name: ByteString, among types: [ByteString: Int]
  ) throws(Problem) -> Int {
    if let type = types[name] { return type }
    guard name.hasPrefix("0x"), let type = Int(name.dropFirst(2).string, radix: 16), type >= 0
    else { throw .nameUnknown }
    return type
  }

  // MARK: - Fields

  /// The value of the first field of a type.
  private static func value(
    ofType type: Int, in bytes: ArraySlice<UInt8>
  ) throws(Problem) -> ByteString? {
    var rest = bytes
    while !rest.isEmpty {
      guard rest.count >= 3 else { throw .malformed }
      let start = rest.startIndex
      let length = Int(rest[start + 1]) << 8 | Int(rest[start + 2])
      guard rest.count - 3 >= length else { throw .malformed }
      if rest[start] == type { return ByteString(rest[(start + 3)...].prefix(length)) }
      rest = rest[(start + 3 + length)...]
    }
    return nil
  }

  /// What the field of TLS says: a byte about the client, the outcome of the check of its
  /// certificate, then fields.
  private static func tlsValue(
    named name: ByteString, in field: [UInt8]
  ) throws(Problem) -> ByteString? {
    guard field.count >= 5 else { throw .malformed }
    if name == "verify" {
      return ByteString(decimal: field[1..<5].reduce(0) { $0 << 8 | Int($1) })
    }
    return try value(ofType: try type(named: name, among: typesOfTLS), in: field[5...])
  }
}

extension ProxiedAddresses {
  /// The value of a field that the PROXY protocol told besides; nil where there is none.
  ///
  /// - Parameter report: Gets what the error log says where the fields or the name are of no use.
  func value(named name: ByteString, report: (String) -> Void) -> ByteString? {
    do throws(ProxyProtocolValues.Problem) {
      return try values?.value(named: name)
    } catch {
      report(error.sentence(about: name))
      return nil
    }
  }
}
