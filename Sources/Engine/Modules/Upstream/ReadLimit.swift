import Sockets

/// How fast the content of an upstream response is read: `proxy_limit_rate`.
///
/// nginx grants the first second at once.
struct ReadLimit {
  /// In bytes for each second; 0 sets no limit.
  var rate = 0

  /// When the content began, in the loop's time.
  var start: Milliseconds = 0

  /// How often a limited response is read, so that no time goes into reading a few bytes each.
  private static let interval: Milliseconds = 100

  /// How much may be read now, in bytes; below 0 where too much has been.
  ///
  /// - Parameter count: How many bytes have been read.
  func allowance(after count: Int, at now: Milliseconds) -> Int {
    let (product, isTooLarge) = rate.multipliedReportingOverflow(by: Int(now - start) + 1000)
    return isTooLarge ? .max : product / 1000 - count
  }

  /// How long nothing is read, in milliseconds.
  func pause(for allowance: Int) -> Milliseconds {
    Milliseconds(-allowance * 1000 / rate) + ReadLimit.interval
  }
}
