package import Bytes

/// nginx's measurement units: sizes and spans of time.
///
/// Source: nginx, "Configuration file measurement units".
package enum Units {
  /// A number of bytes with an optional `k` or `m`; nil where the text is none.
  package static func size(_ text: ByteString) -> Int? { scaled(text, mayBeGigabytes: false) }

  /// A number of bytes with an optional `k`, `m` or `g`; nil where the text is none.
  package static func offset(_ text: ByteString) -> Int? { scaled(text, mayBeGigabytes: true) }

  private static func scaled(_ text: ByteString, mayBeGigabytes: Bool) -> Int? {
    guard let last = text.bytes.last else { return nil }
    let unit: Int
    switch ASCII.lowercase(last) {
    case UInt8(ascii: "k"): unit = 1 << 10
    case UInt8(ascii: "m"): unit = 1 << 20
    case UInt8(ascii: "g") where mayBeGigabytes: unit = 1 << 30
    default: return text.decimalNumber
    }
    guard let (number, end) = digits(text, from: 0), end == text.count - 1 else { return nil }
    let (size, overflow) = number.multipliedReportingOverflow(by: unit)
    return overflow ? nil : size
  }

  /// A span in milliseconds; a bare number counts seconds.
  package static func milliseconds(_ text: ByteString) -> Int? { time(text, isInSeconds: false) }

  /// A span in seconds; `ms` is not allowed.
  package static func seconds(_ text: ByteString) -> Int? { time(text, isInSeconds: true) }

  /// The units from the largest to the smallest, which is the order they must stand in.
  private static let steps: [(suffix: UInt8, seconds: Int)] = [
    (UInt8(ascii: "y"), 31_536_000), (UInt8(ascii: "M"), 2_592_000), (UInt8(ascii: "w"), 604_800),
    (UInt8(ascii: "d"), 86400), (UInt8(ascii: "h"), 3600), (UInt8(ascii: "m"), 60),
    (UInt8(ascii: "s"), 1),
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
      if isMilliseconds(text, at: index) {
        guard !isInSeconds else { return nil }
        unit = 1
        index += 2
        hasEnded = true
      } else if index < text.count, text[index] != ASCII.space {
        guard
          let step = steps.indices.first(where: {
            $0 >= nextStep && steps[$0].suffix == text[index]
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

  private static func isMilliseconds(_ text: ByteString, at index: Int) -> Bool {
    index + 1 < text.count && text[index] == UInt8(ascii: "m")
      && text[index + 1] == UInt8(ascii: "s")
  }

  /// The number that begins at an index, and where it ends; nil where there is none, or too large a
  /// one.
  private static func digits(_ text: ByteString, from start: Int) -> (number: Int, end: Int)? {
    var number = 0
    var end = start
    while end < text.count, let digit = ASCII.digit(text[end]) {
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, overflowOfSum) = product.addingReportingOverflow(digit)
      guard !overflow, !overflowOfSum else { return nil }
      number = sum
      end += 1
    }
    return end > start ? (number, end) : nil
  }
}
