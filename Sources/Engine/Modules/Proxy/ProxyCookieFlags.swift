import Bytes
import Config
import Wire

/// A line of `proxy_cookie_flags`: what becomes of the flags of cookies with a certain name.
struct ProxyCookieFlags: Sendable {
  let match: ProxyCookies.Match

  /// Words such as `secure`; what they are not, changes nothing.
  let flags: [Template]

  /// Changes the flags of a cookie.
  ///
  /// - Returns: false where the cookie has another name.
  func apply(to cookie: inout SetCookie, _ exchange: Exchange) -> Bool {
    switch match {
    case .text(let template):
      guard cookie.name.equalsIgnoringCase(template.value(for: exchange)) else { return false }
    case .pattern(let pattern, let groups):
      guard let captures = pattern.match(cookie.name, in: exchange.matchMemory) else {
        return false
      }
      groups.note(captures, in: exchange)
    }
    let words = Set(flags.map { $0.value(for: exchange).lowercased })
    ProxyCookieFlags.set("Secure", in: &cookie, words)
    ProxyCookieFlags.set("HttpOnly", in: &cookie, words)
    ProxyCookieFlags.setSameSite(in: &cookie, words)
    return true
  }

  private static func set(
    _ flag: ByteString, in cookie: inout SetCookie, _ words: Set<ByteString>
  ) {
    let name = flag.lowercased
    if words.contains(name) {
      guard cookie.firstIndex(of: name) == nil else { return }
      cookie.parts.append(SetCookie.Part(name: flag, value: nil))
    } else if words.contains("no" + name) {
      cookie.remove(name)
    }
  }

  private static func setSameSite(in cookie: inout SetCookie, _ words: Set<ByteString>) {
    let name: ByteString = "SameSite"
    let values: [ByteString] = ["Strict", "Lax", "None"]
    let wanted = values.first { words.contains("samesite=" + $0.lowercased) }
    guard let wanted else {
      if words.contains("nosamesite") { cookie.remove(name) }
      return
    }
    guard let index = cookie.firstIndex(of: name) else {
      return cookie.parts.append(SetCookie.Part(name: name, value: wanted))
    }
    if !(cookie.parts[index].value?.equalsIgnoringCase(wanted) ?? false) {
      cookie.parts[index] = SetCookie.Part(name: name, value: wanted)
    }
    cookie.remove(name, from: index + 1)
  }
}
