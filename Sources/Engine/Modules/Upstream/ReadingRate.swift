import Sockets

/// How fast the content of a response is read: `proxy_limit_rate` and its like.
///
/// Reading begins at once with what a second allows, as in nginx.
struct ReadingRate {
  /// In bytes for each second.
  private let rate: Int

  /// When the content began, in the loop's time.
  private let start: Milliseconds

  /// How many bytes have been read.
  private(set) var byteCount: Int

  /// nil where there is no limit.
  ///
  /// - Parameter byteCount: The bytes that were read together with the head.
  init?(_ rate: Int, byteCount: Int, at start: Milliseconds) {
    guard rate > 0 else { return nil }
    self.rate = rate
    self.start = start
    self.byteCount = byteCount
  }

  /// Notes that bytes were read.
  mutating func note(_ count: Int) { byteCount += count }

  /// How many bytes may be read now; none where it is not positive.
  func allowance(at now: Milliseconds) -> Int {
    let (product, overflow) = rate.multipliedReportingOverflow(by: Int(now - start) + 1_000)
    return overflow ? .max : product / 1_000 - byteCount
  }

  /// The milliseconds until there is something worth reading; nil where there is something now.
  func pause(at now: Milliseconds) -> Milliseconds? {
    let allowance = allowance(at: now)
    guard allowance <= 0 else { return nil }
    // Not byte by byte: a tenth of a second's, and no more than a buffer.
    let wanted = min(rate / 10, 16_384) - allowance
    let (product, overflow) = wanted.multipliedReportingOverflow(by: 1_000)
    return overflow ? 1_000 : Milliseconds(product / rate + 1)
  }
}
