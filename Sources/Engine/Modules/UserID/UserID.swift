import Bytes
import CLinux
import Sockets
import Synchronization
import Wire

/// An identifier of 16 bytes that tells clients apart.
struct UserID: Equatable {
  /// Four words: the service, the time, the process, and a number.
  let words: [UInt32]

  /// The bytes in base64: what the cookie says.
  var cookieText: ByteString {
    let bytes = words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
    return Base64.encode(bytes)
  }

  /// What variables show: the name and the words in hexadecimal.
  func text(named name: ByteString) -> ByteString {
    let digits = words.map { word in
      let text = String(word, radix: 16, uppercase: true)
      return String(repeating: "0", count: 8 - text.utf8.count) + text
    }
    return name + "=" + ByteString(digits.joined())
  }

  /// nil where a cookie's value is none.
  init?(cookie value: ByteString) {
    guard value.count >= 22,
      let bytes = Base64.decode(value[0..<22] + "==")?.bytes, bytes.count == 16
    else { return nil }
    words = stride(from: 0, to: 16, by: 4).map { start in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
    }
  }

  private init(words: [UInt32]) { self.words = words }

  private static let counter = Atomic<UInt32>(0x0303_0302)

  /// A new identifier.
  static func new(for exchange: Exchange) -> UserID {
    UserID(words: [
      service(for: exchange), UInt32(truncatingIfNeeded: exchange.loop.clock.seconds),
      UInt32(bitPattern: getpid()), counter.add(0x100, ordering: .relaxed).newValue,
    ])
  }

  /// The first word, in the order of the network; version 1 has it in that of the machine.
  private static func service(for exchange: Exchange) -> UInt32 {
    let settings = exchange.settings.userID
    if let service = settings.service { return settings.mode == .v1 ? service : service.bigEndian }
    guard settings.mode == .on else { return 0 }
    switch exchange.connection.localAddress?.host {
    case .v4(let number): return number.bigEndian
    case .v6(_, let low, _): return UInt32(truncatingIfNeeded: low).bigEndian
    default: return 0
    }
  }

  /// The identifier that the client sent.
  static func received(by exchange: Exchange) -> UserID? {
    guard exchange.settings.userID.mode != .off,
      let value = exchange.request.fields.cookie(exchange.settings.userID.name)
    else { return nil }
    return UserID(cookie: value)
  }

  /// The identifier that the client is sent.
  static func given(by exchange: Exchange) -> UserID? {
    if let given = exchange.givenUserID { return given }
    let settings = exchange.settings.userID
    guard settings.mode == .on || settings.mode == .v1 else { return nil }
    var given: UserID?
    if let received = received(by: exchange) {
      if isReset(received, exchange) {
        given = new(for: exchange)
      } else {
        given = hasMark(exchange) ? nil : received
      }
    } else {
      given = new(for: exchange)
    }
    if let given { exchange.givenUserID = given }
    return given
  }

  /// Whether `$uid_reset` asks for a new identifier; with the value `log` that is logged.
  private static func isReset(_ received: UserID, _ exchange: Exchange) -> Bool {
    guard let number = exchange.settings.userID.resetVariable,
      let value = exchange.variable(number), !value.isEmpty, value != "0"
    else { return false }
    if value == "log" {
      let text = received.text(named: exchange.settings.userID.name)
      exchange.logError(.notice, "userid cookie \"\(text)\" was reset")
    }
    return true
  }

  /// Whether the client's cookie has the mark of the configuration.
  private static func hasMark(_ exchange: Exchange) -> Bool {
    guard let mark = exchange.settings.userID.mark,
      let value = exchange.request.fields.cookie(exchange.settings.userID.name)
    else { return true }
    return value.count >= 23 && value[22] == mark
  }
}

/// Sends the cookie of `userid`.
struct UserIDFilter: HeaderFilter {
  private let settings: UserIDSettings

  /// nil where no cookies are given.
  init?(_ settings: UserIDSettings) {
    guard settings.mode == .on || settings.mode == .v1 else { return nil }
    self.settings = settings
  }

  func filter(_ exchange: Exchange) throws(Failure) {
    guard !exchange.isSubrequest, let given = UserID.given(by: exchange) else { return }
    var cookie = settings.name + "=" + given.cookieText
    if let mark = settings.mark, cookie.count >= 2 {
      cookie = cookie[0..<cookie.count - 2]
      cookie.append(mark)
      cookie.append(UInt8(ascii: "="))
    }
    cookie.append(settings.lifetime.expires(for: exchange))
    if !settings.domain.isEmpty { cookie.append("; domain=" + settings.domain) }
    cookie.append("; path=" + settings.path + settings.flags)
    exchange.response.fields.append("Set-Cookie", cookie)
    if !settings.policy.isEmpty { exchange.response.fields.append("P3P", settings.policy) }
  }
}
