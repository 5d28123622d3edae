import Bytes
import Wire

/// Names the character set of a response, and converts the body where it has another.
struct CharsetFilter: HeaderFilter {
  private let settings: CharsetSettings

  /// nil where no character set is given, and no map from which an application could choose.
  init?(_ settings: CharsetSettings) {
    guard settings.charset != nil || !settings.maps.isEmpty else { return nil }
    self.settings = settings
  }

  func filter(_ exchange: Exchange) throws(Failure) {
    let response = exchange.response
    let wanted = exchange.extras?.wantedCharset
    guard let type = response.contentType, !type.isEmpty,
      let target = wanted ?? target(type, exchange), !target.isEmpty, wanted != "off"
    else { return }
    let named = MediaType.charset(of: type)
    let source = named ?? settings.source?.value(for: exchange)
    if let source, !source.isEmpty, !source.equalsIgnoringCase(target) {
      guard response.fields.value(of: .contentEncoding)?.isEmpty ?? true else { return }
      guard let map = settings.maps.map(from: source, to: target) else {
        if wanted == nil, settings.source == nil, named != nil {
          return name(target, type, response)
        }
        return exchange.logError(
          .error, "no \"charset_map\" between the charsets \"\(source)\" and \"\(target)\"")
      }
      convert(with: map, response)
    }
    name(target, type, response)
  }

  /// The character set that a response shall have; nil leaves it alone.
  private func target(_ type: ByteString, _ exchange: Exchange) -> ByteString? {
    if MediaType.charset(of: type) != nil {
      guard settings.overrides else { return nil }
    } else {
      guard settings.types.contains(type) else { return nil }
    }
    return settings.charset?.value(for: exchange)
  }

  private func name(_ charset: ByteString, _ type: ByteString, _ response: Response) {
    // nginx: old browsers took the character set of a redirect for that of its target.
    guard response.status != 301, response.status != 302 else { return }
    let end = type.firstIndex(of: UInt8(ascii: ";")) ?? type.count
    response.contentType = type[0..<end].trimmed + "; charset=" + charset
  }

  private func convert(with map: CharsetMap, _ response: Response) {
    switch map {
    case .fromBytes(let texts):
      response.bodyFilters.append(ByteConverter(texts))
      if texts.contains(where: { $0.count != 1 }) { response.becomeDerived() }
    case .fromUTF8(let bytes):
      response.bodyFilters.append(UTF8Converter(bytes))
      response.becomeDerived()
    }
  }
}

/// Puts a text in the place of each byte.
private final class ByteConverter: BodyFilter {
  private let texts: [ByteString]

  init(_ texts: [ByteString]) { self.texts = texts }

  func filter(_ input: ByteBuffer, into output: ByteBuffer, isLast: Bool) throws(Failure) {
    for index in 0..<input.count { output.append(texts[Int(input[index])]) }
    input.consume(input.count)
  }
}

/// Puts a byte in the place of each character that UTF-8 encodes.
private final class UTF8Converter: BodyFilter {
  private let bytes: [UInt32: UInt8]

  /// The bytes of a character that has not come whole.
  private var pending: [UInt8] = []

  init(_ bytes: [UInt32: UInt8]) { self.bytes = bytes }

  func filter(_ input: ByteBuffer, into output: ByteBuffer, isLast: Bool) throws(Failure) {
    for index in 0..<input.count {
      let byte = input[index]
      if byte < 0x80 {
        flush(into: output)
        output.append(byte)
      } else {
        if byte & 0xC0 == 0xC0 { flush(into: output) }
        pending.append(byte)
        if pending.count == length(pending[0]) { flush(into: output) }
      }
    }
    input.consume(input.count)
    if isLast { flush(into: output) }
  }

  /// The number of bytes of a character, by its first.
  private func length(_ first: UInt8) -> Int {
    first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
  }

  private func flush(into output: ByteBuffer) {
    guard !pending.isEmpty else { return }
    let text = String(decoding: pending, as: UTF8.self)
    let isWhole = pending.count == length(pending[0])
    pending = []
    guard isWhole, let character = text.unicodeScalars.first, character.value != 0xFFFD else {
      return output.append("?" as ByteString)
    }
    if let byte = bytes[character.value] { return output.append(byte) }
    // A character that the other set lacks, as HTML writes it.
    output.append(ByteString("&#\(character.value);"))
  }
}
