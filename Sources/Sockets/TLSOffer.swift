import Bytes
import CBoringSSL

/// What a client says that it can, in the first message of a handshake.
struct TLSOffer {
  /// Numbers of ciphers, two bytes each.
  let ciphers: ByteString

  /// Numbers of groups for the key exchange, two bytes each.
  let groups: ByteString

  init(_ hello: tls_client_hello) {
    ciphers = ByteString(UnsafeRawBufferPointer(start: hello.ciphers, count: hello.ciphers_count))
    groups = ByteString(UnsafeRawBufferPointer(start: hello.groups, count: hello.groups_count))
  }

  /// What one of the lists names, with colons between; numbers without a name as `0x1301`.
  func names(
    of list: KeyPath<TLSOffer, ByteString>, _ name: (UInt32) -> UnsafePointer<CChar>?
  ) -> ByteString {
    let numbers = self[keyPath: list].bytes
    var names: [String] = []
    for index in stride(from: 0, to: numbers.count - 1, by: 2) {
      let number = UInt32(numbers[index]) << 8 | UInt32(numbers[index + 1])
      names.append(name(number).map { String(cString: $0) } ?? TLSOffer.hexadecimal(number))
    }
    return ByteString(names.joined(separator: ":"))
  }

  private static func hexadecimal(_ number: UInt32) -> String {
    let digits = String(number, radix: 16)
    return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
