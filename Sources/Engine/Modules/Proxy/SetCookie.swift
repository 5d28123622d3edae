import Bytes

/// The value of a `Set-Cookie` field, as nginx takes it apart and puts it together.
struct SetCookie {
  struct Attribute: Equatable {
    let name: ByteString

    /// nil where there is no `=`.
    var value: ByteString?
  }

  /// The name of the cookie.
  let name: ByteString
  private let value: ByteString

  /// What stands behind the cookie itself, in order.
  var attributes: [Attribute]

  /// nil where there is no cookie.
  init?(_ text: ByteString) {
    var parts = text.split(on: UInt8(ascii: ";")).map { part in
      let (name, value) = part.splitAtEquals
      return Attribute(name: name.trimmed, value: value?.trimmed)
    }
    guard let value = parts.first?.value else { return nil }
    name = parts.removeFirst().name
    self.value = value
    attributes = parts
  }

  /// The value of the field.
  var text: ByteString {
    var text = name + "=" + value
    for attribute in attributes {
      text.append("; ")
      text.append(attribute.name)
      guard let value = attribute.value else { continue }
      text.append("=")
      text.append(value)
    }
    return text
  }

  /// Adds and removes attributes; one that is there already stays where and as it is.
  mutating func apply(_ flags: CookieFlags) {
    apply(flags.isSecure, "Secure")
    apply(flags.isHTTPOnly, "HttpOnly")
    guard let sameSite = flags.sameSite else { return }
    let attribute = sameSite.isEmpty ? nil : Attribute(name: "SameSite", value: sameSite)
    guard let index = firstIndex("SameSite"), let attribute else {
      attributes.removeAll { $0.name.equalsIgnoringCase("SameSite") }
      if let attribute { attributes.append(attribute) }
      return
    }
    attributes[index] = attribute
  }

  private mutating func apply(_ isWanted: Bool?, _ name: ByteString) {
    guard let isWanted else { return }
    if !isWanted {
      attributes.removeAll { $0.name.equalsIgnoringCase(name) }
    } else if firstIndex(name) == nil {
      attributes.append(Attribute(name: name, value: nil))
    }
  }

  private func firstIndex(_ name: ByteString) -> Int? {
    attributes.firstIndex { $0.name.equalsIgnoringCase(name) }
  }
}

/// What `proxy_cookie_flags` asks for; nil leaves a cookie as it is.
struct CookieFlags: Equatable {
  var isSecure: Bool?
  var isHTTPOnly: Bool?

  /// Empty where the attribute is to go.
  var sameSite: ByteString?

  init() {}

  /// nginx: what adds comes before what removes, the stricter before the laxer, and words that
  /// are none of these, as those of an empty variable, say nothing.
  init(_ words: [ByteString]) {
    let words = Set(words.map(\.lowercased))
    func choice(_ name: ByteString) -> Bool? {
      words.contains(name) ? true : words.contains("no" + name) ? false : nil
    }
    isSecure = choice("secure")
    isHTTPOnly = choice("httponly")
    for value: ByteString in ["Strict", "Lax", "None"]
    where sameSite == nil && words.contains("samesite=" + value.lowercased) {
      sameSite = value
    }
    if sameSite == nil, words.contains("nosamesite") { sameSite = "" }
  }
}
