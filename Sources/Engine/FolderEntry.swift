import Bytes
import CLinux
import Sockets

/// What a folder has: the name of a file and what is known of it.
struct FolderEntry {
  let name: ByteString
  let facts: FileFacts

  /// Everything in a folder that is not hidden and not a broken link, in no order.
  static func all(of path: ByteString) -> Result<[FolderEntry], SystemError> {
    guard let folder = opendir(path.string) else {
      return .failure(SystemError(call: "opendir", code: linux_errno()))
    }
    defer { closedir(folder) }
    let start = path.hasSuffix("/") ? path : path + "/"
    var entries: [FolderEntry] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { ByteString($0.prefix { $0 != 0 }) }
      guard !name.hasPrefix(".") else { continue }
      if case .success(let facts) = FileFacts.of(start + name) {
        entries.append(FolderEntry(name: name, facts: facts))
      }
    }
    return .success(entries)
  }

  /// What a request comes to whose folder cannot be read.
  static func refusal(
    _ error: SystemError, _ path: ByteString, _ exchange: Exchange
  ) -> Failure {
    let status = error.meansNotFound ? 404 : error.meansForbidden ? 403 : 500
    exchange.logError(
      status == 500 ? .crit : .error, "\(error.call)() \"\(path)\" failed \(error.reason)")
    return .status(status)
  }
}
