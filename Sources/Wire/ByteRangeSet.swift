public import Bytes

/// The ranges of a representation that a request asks for (RFC 9110, section 14.2).
public enum ByteRangeSet: Equatable, Sendable {
  /// The whole representation, 200: there is no valid range, or the ranges ask for too much.
  case whole

  /// Some parts, 206; not empty, in the order in which they were asked for.
  case parts([Range<Int>])

  /// None of the ranges lies within the representation, or they are malformed: 416.
  case unsatisfiable

  /// Reads the value of `Range`.
  ///
  /// As in nginx: other units than `bytes` are ignored; malformed ranges are 416; ranges that
  /// together ask for more than everything get everything.
  ///
  /// - Parameters:
  ///   - length: Of the representation, in bytes.
  ///   - maximumRanges: nginx's `max_ranges`; nil where it is not limited, 0 ignores ranges.
  public init(_ value: ByteString, length: Int, maximumRanges: Int? = nil) {
    let unit: ByteString = "bytes="
    guard maximumRanges != 0, value.count >= 7, value[0..<6].equalsIgnoringCase(unit) else {
      self = .whole
      return
    }
    var ranges: [Range<Int>] = []
    for part in value.dropFirst(6).split(on: 0x2C) {
      guard let range = ByteRangeSet.range(part, length: length) else {
        self = .unsatisfiable
        return
      }
      if !range.isEmpty {
        ranges.append(range)
        if let maximumRanges, ranges.count > maximumRanges {
          self = .whole
          return
        }
      } else if range.lowerBound == 0 {
        self = .whole
        return
      }
    }
    self = ByteRangeSet.judge(ranges, length: length, isLimited: maximumRanges != nil)
  }

  private static func judge(_ ranges: [Range<Int>], length: Int, isLimited: Bool) -> ByteRangeSet {
    if ranges.isEmpty { return .unsatisfiable }
    if ranges.count == 1 { return .parts(ranges) }
    var size = 0
    for range in ranges {
      let (sum, overflow) = size.addingReportingOverflow(range.count)
      guard !overflow else { return .unsatisfiable }
      size = sum
    }
    if size > length { return .whole }
    // nginx: without `max_ranges`, the heads of the parts count, too.
    if !isLimited && size + ranges.count * 256 > length + 4096 { return .whole }
    return .parts(ranges)
  }

  /// Reads `first-last`, `first-` or `-count`; the range is empty where it starts past the end.
  private static func range(_ text: ByteString, length: Int) -> Range<Int>? {
    guard let dash = text.firstIndex(of: 0x2D) else { return nil }
    let left = trimmed(text.bytes[..<dash])
    let right = trimmed(text.bytes[(dash + 1)...])
    if left.isEmpty {
      // nginx: no space may stand between the dash and the count.
      guard dash + 1 < text.count, text[dash + 1] != ASCII.space,
        let count = right.decimalNumber
      else { return nil }
      let start = count < length ? length - count : 0
      return start..<length
    }
    guard let start = left.decimalNumber else { return nil }
    if right.isEmpty { return start < length ? start..<length : start..<start }
    guard let last = right.decimalNumber else { return nil }
    let end = last >= length ? length : last + 1
    return start < end ? start..<end : start..<start
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ByteString {
    let start = text.drop { $0 == ASCII.space }
    let end = start.lastIndex { $0 != ASCII.space }
    return ByteString(end.map { start[...$0] } ?? [])
  }
}
