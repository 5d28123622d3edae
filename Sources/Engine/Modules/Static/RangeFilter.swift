import Bytes
import Synchronization
import Wire

/// Selects the parts of a response that `Range` asks for (RFC 9110, section 14).
struct RangeFilter: HeaderFilter {
  /// nil where the number is not limited.
  let maximumRanges: Int?

  var isForSelectable: Bool { true }

  func filter(_ exchange: Exchange) throws(Failure) {
    let response = exchange.response
    guard response.status == 200, response.allowsRanges, exchange.request.version > .http09,
      let length = response.contentLength
    else { return }
    switch ranges(exchange, length: length) {
    case .whole:
      response.fields.append(.acceptRanges, spelled: "Accept-Ranges") { $0.append("bytes") }
    case .parts(let parts) where parts.count == 1: select(parts[0], of: length, response)
    case .parts(let parts): select(parts, of: length, response)
    case .unsatisfiable:
      response.fields.set(
        .contentRange, spelled: "Content-Range", to: ByteString("bytes */\(length)"))
      response.contentLength = nil
      throw .status(416)
    }
  }

  private func ranges(_ exchange: Exchange, length: Int) -> ByteRangeSet {
    let request = exchange.request.fields
    guard let value = request.value(of: .range) else { return .whole }
    if let condition = request.value(of: .ifRange), !holds(condition, exchange.response) {
      return .whole
    }
    return ByteRangeSet(
      value, length: length,
      maximumRanges: exchange.response.allowsOneRangeOnly ? 1 : maximumRanges)
  }

  /// Whether `If-Range` names the very state that would be sent.
  private func holds(_ condition: ByteString, _ response: Response) -> Bool {
    if condition.count >= 2, condition.bytes.last == UInt8(ascii: "\"") {
      return response.fields.value(of: .entityTag) == condition
    }
    let passedOn = response.fields.value(of: .lastModified)
    guard let time = response.lastModified ?? passedOn.flatMap({ HTTPDate.parse($0) }) else {
      return false
    }
    return HTTPDate.parse(condition) == time
  }

  private func select(_ range: Range<Int>, of length: Int, _ response: Response) {
    response.status = 206
    response.reason = nil
    response.fields.set(
      .contentRange, spelled: "Content-Range",
      to: ByteString("bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"))
    response.contentLength = range.count
    response.selection = RangeSelection(range, from: response.contentOffset)
  }

  private func select(_ ranges: [Range<Int>], of length: Int, _ response: Response) {
    let boundary = MultipartBoundary.next()
    let selection = RangeSelection(
      ranges, of: length, type: response.contentType, boundary: boundary)
    response.status = 206
    response.reason = nil
    response.contentType = "multipart/byteranges; boundary=" + boundary
    response.fields.remove(.contentRange)
    response.contentLength = selection.byteCount
    response.selection = selection
  }
}

/// The lines that separate the parts of a body (RFC 2046, section 5.1.1).
private enum MultipartBoundary {
  private static let count = Atomic<Int>(0)

  /// A number of 20 digits that was not used before.
  static func next() -> ByteString {
    let number = ByteString(
      decimal: count.wrappingAdd(1, ordering: .relaxed).newValue)
    return ByteString(Array(repeating: 0x30, count: 20 - number.count)) + number
  }
}
