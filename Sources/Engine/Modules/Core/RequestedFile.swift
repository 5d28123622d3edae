package import Bytes
import CLinux

/// The file that a request is about: its path mapped through `root` or `alias`.
///
/// Source: nginx, "Module ngx_http_core_module", `root` and `alias`.
package enum RequestedFile {
  /// Appends the full path of the file.
  ///
  /// In a location that a regular expression selects, `alias` is the whole path, unless
  /// `try_files` has found a file below it.
  ///
  /// - Returns: How many bytes of it `root` or `alias` gave.
  /// - Throws: 500 where `alias` has nothing to take the place of.
  @discardableResult
  package static func append(
    _ path: ByteString, for exchange: Exchange, to output: ByteBuffer
  ) throws(Failure) -> Int {
    let start = output.count
    let root = exchange.settings.core.root
    if root.isAlias, !exchange.isPathOfLocation { throw refusal(exchange) }
    appendFolder(of: root, exchange, to: output)
    let count = output.count - start
    switch root.alias {
    case nil: output.append(path)
    case .all?:
      if exchange.addsPathToAlias { output.append(path) }
    case .first(let replaced)?:
      output.append(path.dropFirst(replaced))
    }
    return count
  }

  /// The full path of the file of the current request path.
  ///
  /// - Throws: 500 where `alias` has nothing to take the place of.
  static func path(for exchange: Exchange) throws(Failure) -> ByteString {
    var failure: Failure?
    let path = exchange.collect { output in
      do throws(Failure) {
        try append(exchange.path, for: exchange, to: output)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return path
  }

  /// The value of `root` or `alias`.
  ///
  /// - Throws: 500 where `alias` has nothing to take the place of.
  static func folder(for exchange: Exchange) throws(Failure) -> ByteString {
    let root = exchange.settings.core.root
    if root.isAlias, !exchange.isPathOfLocation { throw refusal(exchange) }
    return exchange.collect { appendFolder(of: root, exchange, to: $0) }
  }

  /// Appends the value of `root` or `alias`; a relative one starts at the prefix.
  static func appendFolder(of root: Root, _ exchange: Exchange, to output: ByteBuffer) {
    if root.path.constant == nil {
      let folder = root.path.value(for: exchange)
      if folder.first != UInt8(ascii: "/") { output.append(root.prefix) }
      output.append(folder)
    } else {
      root.path.append(for: exchange, to: output)
    }
  }

  /// The folder with its links resolved; nil where it does not exist.
  static func realFolder(of exchange: Exchange) -> ByteString? {
    let folder = exchange.collect { output in
      appendFolder(of: exchange.settings.core.root, exchange, to: output)
    }
    guard let real = realpath(folder.string, nil) else {
      exchange.logError(
        .crit, "realpath() \"\(folder)\" failed (\(linux_errno()): \(errorText(linux_errno())))")
      return nil
    }
    defer { free(real) }
    return ByteString(String(cString: real))
  }

  private static func errorText(_ code: CInt) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { room in
      guard let text = linux_error_text(code, room.baseAddress, room.count) else { return "" }
      return String(cString: text)
    }
  }

  private static func refusal(_ exchange: Exchange) -> Failure {
    exchange.logError(
      .alert,
      "\"alias\" cannot be used in location \"\(exchange.location.name)\" where URI was rewritten")
    return .status(500)
  }
}
