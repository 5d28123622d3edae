import Bytes
import Wire

/// Replaces texts in the body of a response.
struct SubFilter: HeaderFilter {
  private let settings: SubSettings

  /// nil where there is nothing to replace.
  init?(_ settings: SubSettings) {
    guard !settings.pairs.isEmpty else { return nil }
    self.settings = settings
  }

  func filter(_ exchange: Exchange) throws(Failure) {
    let response = exchange.response
    guard response.contentLength != 0, settings.types.contains(response.contentType) else {
      return
    }
    let texts = settings.pairs.map { $0.text.value(for: exchange).lowercased }
    guard texts.contains(where: { !$0.isEmpty }) else { return }
    let replacements = settings.pairs.map { $0.replacement.value(for: exchange) }
    response.bodyFilters.append(
      TextReplacer(zip(texts, replacements).filter { !$0.0.isEmpty }, isOnce: settings.isOnce))
    response.becomeDerived()
    if !settings.keepsLastModified {
      response.lastModified = nil
      response.fields.remove(.lastModified)
      response.fields.remove(.entityTag)
    }
  }
}

/// Replaces texts in a stream of bytes, in any case of letters.
final class TextReplacer: BodyFilter {
  /// The texts in lower case.
  private var pairs: [(text: ByteString, replacement: ByteString)]
  private let isOnce: Bool

  /// What has come and may be the beginning of one of the texts.
  private var pending: [UInt8] = []

  /// Whether a byte in lower case begins one of the texts.
  private var isStart = [Bool](repeating: false, count: 256)

  init(_ pairs: [(ByteString, ByteString)], isOnce: Bool) {
    self.pairs = pairs
    self.isOnce = isOnce
    findStarts()
  }

  private func findStarts() {
    isStart = [Bool](repeating: false, count: 256)
    for (text, _) in pairs { isStart[Int(text[0])] = true }
  }

  func filter(_ input: ByteBuffer, into output: ByteBuffer, isLast: Bool) throws(Failure) {
    input.withReadableBytes { pending.append(contentsOf: $0) }
    input.consume(input.count)
    var plain = 0
    var index = 0
    scan: while index < pending.count {
      guard isStart[Int(ASCII.lowercase(pending[index]))] else {
        index += 1
        continue
      }
      switch match(at: index, isLast: isLast) {
      case .none: index += 1
      case .perhaps: break scan
      case .pair(let number):
        append(plain..<index, to: output)
        output.append(pairs[number].replacement)
        index += pairs[number].text.count
        plain = index
        if isOnce {
          pairs.remove(at: number)
          findStarts()
        }
      }
    }
    append(plain..<index, to: output)
    pending.removeSubrange(0..<index)
  }

  private enum Match {
    case none
    /// More bytes must come before it can be told.
    case perhaps
    case pair(Int)
  }

  private func match(at start: Int, isLast: Bool) -> Match {
    var isPossible = false
    for (number, pair) in pairs.enumerated() {
      let count = min(pair.text.count, pending.count - start)
      let isEqual = (0..<count).allSatisfy {
        ASCII.lowercase(pending[start + $0]) == pair.text[$0]
      }
      guard isEqual else { continue }
      if count == pair.text.count { return isPossible ? .perhaps : .pair(number) }
      if !isLast { isPossible = true }
    }
    return isPossible ? .perhaps : .none
  }

  private func append(_ range: Range<Int>, to output: ByteBuffer) {
    guard !range.isEmpty else { return }
    pending.withUnsafeBytes { output.append(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }
}
