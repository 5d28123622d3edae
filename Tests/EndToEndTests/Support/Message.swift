import Foundation

/// An HTTP/1 message taken apart just far enough to be compared.
struct Message: Equatable, Sendable {
  struct Field: Equatable, Sendable {
    var name: String
    var value: String
  }

  /// The request line or the status line.
  var startLine: String
  var fields: [Field]

  /// The content, with chunked transfer coding taken away.
  var content: [UInt8] = []

  /// Whether all of the content came.
  var isComplete = true

  /// The first value of a field, its name compared without regard to case.
  subscript(_ name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  var status: Int? {
    let words = startLine.split(separator: " ")
    return words.count > 1 ? Int(words[1]) : nil
  }

  var text: String { String(decoding: content, as: UTF8.self) }
}

/// Finds messages in the bytes of one direction of a connection.
struct MessageReader {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ more: [UInt8]) { bytes += more }

  /// How the end of a message's content is known.
  enum Framing: Equatable {
    case length(Int)
    case chunked
    case untilClose
  }

  /// Takes a head off the front of the bytes; nil while it is not complete.
  mutating func takeHead() -> Message? {
    let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))
    guard let end else { return nil }
    let text = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
    bytes.removeSubrange(..<end.upperBound)
    let lines = text.components(separatedBy: "\r\n")
    let fields = lines.dropFirst().map { line in
      let colon = line.firstIndex(of: ":") ?? line.endIndex
      let value = line[colon...].dropFirst().trimmingCharacters(in: .whitespaces)
      return Message.Field(name: String(line[..<colon]), value: value)
    }
    return Message(startLine: lines[0], fields: fields)
  }

  /// Takes content off the front of the bytes; nil while it is not complete.
  mutating func takeContent(_ framing: Framing) -> [UInt8]? {
    switch framing {
    case .length(let count):
      guard bytes.count >= count else { return nil }
      return take(count)
    case .chunked: return takeChunks()
    case .untilClose: return nil
    }
  }

  mutating func takeAll() -> [UInt8] { take(bytes.count) }

  private mutating func take(_ count: Int) -> [UInt8] {
    defer { bytes.removeFirst(count) }
    return Array(bytes[..<count])
  }

  /// Decodes chunks up to the last one and the empty trailer section.
  private mutating func takeChunks() -> [UInt8]? {
    var content: [UInt8] = []
    var place = 0
    while let lineEnd = bytes[place...].firstIndex(of: 10) {
      let line = String(decoding: bytes[place..<lineEnd], as: UTF8.self)
      let digits = line.prefix { $0.isHexDigit }
      guard let size = Int(digits, radix: 16) else { return nil }
      let start = lineEnd + 1
      guard bytes.count >= start + size + 2 else { return nil }
      content += bytes[start..<start + size]
      place = start + size + 2
      if size == 0 {
        bytes.removeFirst(place)
        return content
      }
    }
    return nil
  }
}

extension Message {
  /// How the content of this request is framed.
  var requestFraming: MessageReader.Framing {
    if self["Transfer-Encoding"] != nil { return .chunked }
    return .length(Int(self["Content-Length"] ?? "0") ?? 0)
  }

  /// How the content of this response is framed.
  ///
  /// - Parameter isHead: Whether it answers a HEAD request.
  func responseFraming(toHead isHead: Bool) -> MessageReader.Framing {
    let status = status ?? 0
    if isHead || status == 204 || status == 304 || status < 200 { return .length(0) }
    if self["Transfer-Encoding"] != nil { return .chunked }
    if let length = self["Content-Length"], let count = Int(length) { return .length(count) }
    return .untilClose
  }
}
