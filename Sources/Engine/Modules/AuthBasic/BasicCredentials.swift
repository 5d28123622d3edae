package import Bytes
import Wire

/// A user name and a password as `Authorization: Basic` carries them (RFC 7617, section 2).
struct BasicCredentials: Equatable {
  let user: ByteString
  let password: ByteString

  /// - Parameter value: The value of the field.
  init?(_ value: ByteString) {
    guard value.count > 6, value[0..<6].equalsIgnoringCase("Basic ") else { return nil }
    let token = ByteString(value.bytes.dropFirst(6).drop { $0 == ASCII.space })
    guard !token.isEmpty, let bytes = Base64.decode(token),
      let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0
    else { return nil }
    user = bytes[0..<colon]
    password = bytes.dropFirst(colon + 1)
  }
}

extension Exchange {
  /// What the client sent to authenticate itself; nil where it sent nothing of use.
  var basicCredentials: BasicCredentials? {
    request.fields.value(of: .authorization).flatMap { BasicCredentials($0) }
  }

  /// The user name that the client sent, whether it was checked or not: nginx's `$remote_user`.
  package var basicUser: ByteString? {
    if let remoteUser { return remoteUser }
    let user = basicCredentials?.user
    remoteUser = .some(user)
    return user
  }
}
