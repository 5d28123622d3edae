import Bytes
import Config
import Wire

/// Browsers whose connections are closed after a response: nginx's `keepalive_disable`.
package struct KeepaliveDisabled: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  /// Those that call themselves MSIE 4 to 6, after a POST.
  package static let msie6 = KeepaliveDisabled(rawValue: 1 << 0)

  /// Safari on macOS and what resembles it.
  package static let safari = KeepaliveDisabled(rawValue: 1 << 1)

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The words of the directive.
  static let words: [ByteString: KeepaliveDisabled] = [
    "none": [], "msie6": .msie6, "safari": .safari,
  ]

  /// Whether a request comes from such a browser.
  @inline(__always)
  func concerns(_ exchange: Exchange) -> Bool {
    // Most requests are no POST, and Safari is rarely named: then nothing needs to be read.
    let looksForMSIE = contains(.msie6) && exchange.method == .post
    guard looksForMSIE || contains(.safari) else { return false }
    return isSent(by: exchange.request.fields, orByOldMSIE: looksForMSIE)
  }

  private func isSent(by fields: Fields, orByOldMSIE looksForMSIE: Bool) -> Bool {
    guard let agent = fields.value(of: .userAgent) else { return false }
    if looksForMSIE, agent.isOldMSIE { return true }
    return contains(.safari) && agent.firstRange(of: "Safari/") != nil
      && agent.firstRange(of: "Mac OS X") != nil && agent.firstRange(of: "Chrome") == nil
  }
}
