import Bytes
import Config
import Wire

extension Module {
  /// Asks for a large response in slices, so that each can be kept by itself.
  static let slice: Module = {
    var module = Module("ngx_http_slice_module")
    module.directives = [
      Directive(
        "slice", .size, sets: .slice.size, in: CoreSettings.levels,
        "The size of the slices that a response is asked for in; 0 asks for the whole.")
    ]
    module.variables = [
      Variable(
        "slice_range", "The range of the slice that is asked for, as `Range` has it."
      ) { SliceContext.of($0)?.range }
    ]
    module.headerFilter = { SliceFilter($0.slice.value) }
    module.filtersSubrequests = true
    return module
  }()
}

/// The settings of `ngx_http_slice_module`.
package struct SliceSettings: Sendable {
  /// In bytes; 0 for no slices.
  var size = 0

  package init() {}
}

/// Which slices of a response have been asked for; shared with the requests for those.
final class SliceContext {
  let size: Int

  /// Where the slice begins that is asked for.
  var start: Int

  /// Where the last slice ends; known from the first one on.
  var end = 0

  /// The entity tag that all slices must have.
  private var entityTag: ByteString?

  /// Whether the slice that was asked for last has come.
  var isAnswered = false

  private init(size: Int, start: Int) {
    self.size = size
    self.start = start
  }

  /// The range of the slice, as `Range` has it.
  var range: ByteString { ByteString("bytes=\(start)-\(start.adding(size - 1))") }

  /// The slices of a request; nil where the location has none.
  static func of(_ exchange: Exchange) -> SliceContext? {
    if let context = exchange.extras?.slice { return context }
    let size = exchange.settings.slice.size
    guard size > 0, !exchange.isSubrequest, !exchange.response.isHeadSent else { return nil }
    let context = SliceContext(size: size, start: firstByte(of: exchange) / size * size)
    exchange.madeExtras.slice = context
    return context
  }

  /// The first byte of the only range that the client asks for.
  private static func firstByte(of exchange: Exchange) -> Int {
    let fields = exchange.request.fields
    guard !fields.contains(.ifRange), let value = fields.value(of: .range),
      value.lowercased.hasPrefix("bytes="), value.firstIndex(of: UInt8(ascii: ",")) == nil
    else { return 0 }
    let digits = value.dropFirst(6).trimmed.bytes.prefix { ASCII.digit($0) != nil }
    return ByteString(digits).decimalNumber ?? 0
  }

  /// Takes a response for the slice that was asked for.
  ///
  /// - Returns: What is wrong with it, for the error log; nil where nothing is.
  func accept(_ response: Response, _ range: ContentRange) -> String? {
    let tag = response.fields.value(of: .entityTag)
    if let entityTag, tag != entityTag { return "etag mismatch in slice response" }
    entityTag = tag
    guard let length = range.completeLength else {
      return "no complete length in slice response"
    }
    let expected = min(start.adding(size), length)
    guard range.first == start, range.end == expected else {
      return "unexpected range in slice response: \(range.first)-\(range.end), "
        + "expected: \(start)-\(expected)"
    }
    isAnswered = true
    return nil
  }
}
