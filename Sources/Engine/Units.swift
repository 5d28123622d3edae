package import Bytes

/// nginx's measurement units: sizes and spans of time.
///
/// Source: nginx, "Configuration file measurement units".
package enum Units {
  /// A number of bytes with an optional `k` or `m`; nil where the text is none.
  package static func size(_ text: ByteString) -> Int? {
    scaled(text, units: [0x6B: 1 << 10, 0x6D: 1 << 20])
  }

  /// A number of bytes with an optional `k`, `m` or `g`; nil where the text is none.
  package static func offset(_ text: ByteString) -> Int? {
    scaled(text, units: [0x6B: 1 << 10, 0x6D: 1 << 20, 0x67: 1 << 30])
  }

  private static func scaled(_ text: ByteString, units: [UInt8: Int]) -> Int? {
    guard let last = text.bytes.last else { return nil }
    guard let unit = units[ASCII.lowercase(last)] else { return text.decimalNumber }
    guard let number = text[0..<text.count - 1].decimalNumber else { return nil }
    let (size, overflow) = number.multipliedReportingOverflow(by: unit)
    return overflow ? nil : size
  }

  /// A span in milliseconds; a bare number counts seconds.
  package static func milliseconds(_ text: ByteString) -> Int? { time(text, isInSeconds: false) }

  /// A span in seconds; `ms` is not allowed.
  package static func seconds(_ text: ByteString) -> Int? { time(text, isInSeconds: true) }

  /// The units from the largest to the smallest, which is the order they must stand in.
  private static let steps: [(suffix: ByteString, seconds: Int)] = [
    ("y", 31_536_000), ("M", 2_592_000), ("w", 604_800), ("d", 86400), ("h", 3600), ("m", 60),
    ("s", 1),
  ]

  private static func time(_ text: ByteString, isInSeconds: Bool) -> Int? {
    guard !text.isEmpty else { return nil }
    var total = 0
    var nextStep = 0
    var index = 0
    var hasEnded = false
    while index < text.count {
      while index < text.count, text[index] == ASCII.space, index > 0 { index += 1 }
      guard index < text.count else { break }
      guard !hasEnded, let (number, end) = digits(text, from: index) else { return nil }
      index = end
      var unit = isInSeconds ? 1 : 1000
      if text.dropFirst(index).hasPrefix("ms") {
        guard !isInSeconds else { return nil }
        unit = 1
        index += 2
        hasEnded = true
      } else if index < text.count, text[index] != ASCII.space {
        guard
          let step = steps.indices.first(where: {
            $0 >= nextStep && steps[$0].suffix[0] == text[index]
          })
        else { return nil }
        unit *= steps[step].seconds
        nextStep = step + 1
        index += 1
      } else {
        hasEnded = true
      }
      let (product, overflow) = number.multipliedReportingOverflow(by: unit)
      let (sum, overflowOfSum) = total.addingReportingOverflow(product)
      guard !overflow, !overflowOfSum else { return nil }
      total = sum
    }
    return total
  }

  private static func digits(_ text: ByteString, from start: Int) -> (number: Int, end: Int)? {
    var end = start
    while end < text.count, ASCII.isDigit(text[end]) { end += 1 }
    guard let number = text[start..<end].decimalNumber else { return nil }
    return (number, end)
  }
}
