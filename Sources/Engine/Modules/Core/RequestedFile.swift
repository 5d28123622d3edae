import Bytes

/// The file that a request names: what `root` or `alias` says, and the path of the request.
struct RequestedFile {
  /// The path in the file system.
  let path: ByteString

  /// How many bytes of the path come from `root` or `alias`.
  let rootLength: Int

  /// The part that comes from the configuration.
  var root: ByteString { path[0..<rootLength] }
}

extension Exchange {
  /// Maps the path of the request to a file; see nginx's "root" and "alias".
  ///
  /// - Throws: 500 where `alias` stands for a path that has been rewritten since.
  func requestedFile() throws(Failure) -> RequestedFile {
    let root = settings.core.root
    let replaced = replacedLength(root)
    if replaced != 0, isRewritingOver {
      logError(
        .alert,
        "\"alias\" cannot be used in location \"\(location.name)\" where URI was rewritten")
      throw .status(500)
    }
    var rootLength = 0
    let path = collect { output in
      root.append(for: self, to: output)
      rootLength = output.count
      guard replaced < self.path.count else { return }
      self.path.bytes.withUnsafeBytes {
        output.append(UnsafeRawBufferPointer(rebasing: $0[replaced...]))
      }
    }
    return RequestedFile(path: path, rootLength: rootLength)
  }

  /// How many bytes of the request's path the configured path stands for.
  private func replacedLength(_ root: Root) -> Int {
    guard root.isAlias else { return 0 }
    guard let length = root.aliasedLength else { return addsPathToAlias ? 0 : .max }
    return min(length, path.count)
  }
}

extension Root {
  /// Appends the configured path; a relative one starts at the prefix.
  fileprivate func append(for exchange: Exchange, to output: ByteBuffer) {
    let start = output.count
    path.append(for: exchange, to: output)
    guard output.count == start || output[start] != UInt8(ascii: "/") else { return }
    output.truncate(to: start)
    output.append(exchange.site.prefix)
    path.append(for: exchange, to: output)
  }
}
