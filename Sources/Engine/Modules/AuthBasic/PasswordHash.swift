import Bytes
import CLinux
import CBoringSSL

/// The ways in which a user file stores passwords; source: nginx, `auth_basic_user_file`.
enum PasswordHash {
  /// Why a password cannot be checked.
  struct Problem: Error, Equatable {
    /// The `errno` of `crypt_r`.
    let code: CInt
  }

  /// Whether a password is the one that was stored.
  ///
  /// The time it takes does not tell how much of the hash is right.
  ///
  /// - Throws: What made the hash function of the system fail.
  static func matches(_ password: ByteString, stored: ByteString) throws(Problem) -> Bool {
    // C would compare up to a zero byte only.
    guard !password.bytes.contains(0), !stored.bytes.contains(0) else { return false }
    return isEqual(try hash(password, like: stored), stored)
  }

  private static func hash(
    _ password: ByteString, like stored: ByteString
  ) throws(Problem) -> ByteString {
    if stored.hasPrefix("$apr1$") { return try apr1(password, like: stored) }
    if stored.hasPrefix("{PLAIN}") { return "{PLAIN}" + password }
    if stored.hasPrefix("{SSHA}") {
      let decoded = Base64.decode(stored.dropFirst(6))?.bytes ?? []
      let salt = Array(decoded.dropFirst(20))
      return try "{SSHA}" + Base64.encode(digest(password.bytes + salt, EVP_sha1()) + salt)
    }
    if stored.hasPrefix("{SHA}") {
      return try "{SHA}" + Base64.encode(digest(password.bytes, EVP_sha1()))
    }
    return try systemHash(password, like: stored)
  }

  private static func isEqual(_ left: ByteString, _ right: ByteString) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in 0..<left.count { difference |= left[index] ^ right[index] }
    return difference == 0
  }

  private static func systemHash(
    _ password: ByteString, like stored: ByteString
  ) throws(Problem) -> ByteString {
    var room = [CChar](repeating: 0, count: 512)
    let code = (password.bytes + [0]).withUnsafeBytes { password in
      (stored.bytes + [0]).withUnsafeBytes { stored in
        linux_crypt(
          password.baseAddress?.assumingMemoryBound(to: CChar.self),
          stored.baseAddress?.assumingMemoryBound(to: CChar.self), &room, room.count)
      }
    }
    guard code == 0 else { throw Problem(code: code) }
    return ByteString(room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
  }

  private static func digest(
    _ bytes: [UInt8], _ method: OpaquePointer?
  ) throws(Problem) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard EVP_Digest(bytes, bytes.count, &result, &count, method, nil) == 1 else {
      throw Problem(code: EINVAL)
    }
    return Array(result.prefix(Int(count)))
  }

  // MARK: - apr1

  /// Apache's variant of the MD5 scheme of FreeBSD: a thousand rounds, whose number is fixed.
  private static func apr1(
    _ password: ByteString, like stored: ByteString
  ) throws(Problem) -> ByteString {
    let key = password.bytes
    let magic: ByteString = "$apr1$"
    let salt = Array(stored.bytes.dropFirst(6).prefix(8).prefix { $0 != UInt8(ascii: "$") })
    let method = EVP_md5()
    var first = key + magic.bytes + salt
    let other = try digest(key + salt + key, method)
    for index in key.indices { first.append(other[index % 16]) }
    var length = key.count
    while length > 0 {
      first.append(length & 1 == 1 ? 0 : key[0])
      length >>= 1
    }
    var state = try digest(first, method)
    for round in 0..<1000 {
      var input = round & 1 == 1 ? key : state
      if round % 3 != 0 { input += salt }
      if round % 7 != 0 { input += key }
      input += round & 1 == 1 ? state : key
      state = try digest(input, method)
    }
    return magic + ByteString(salt) + "$" + apr1Text(state)
  }

  private static func apr1Text(_ state: [UInt8]) -> ByteString {
    var text = ByteString()
    for (high, middle, low) in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
      let bits = UInt32(state[high]) << 16 | UInt32(state[middle]) << 8 | UInt32(state[low])
      append(bits, digitCount: 4, to: &text)
    }
    append(UInt32(state[11]), digitCount: 2, to: &text)
    return text
  }

  private static let alphabet: [UInt8] = Array(
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  /// Six bits in each digit, the lowest first.
  private static func append(_ bits: UInt32, digitCount: Int, to text: inout ByteString) {
    for place in 0..<digitCount { text.append(alphabet[Int(bits >> UInt32(place * 6) & 63)]) }
  }
}
