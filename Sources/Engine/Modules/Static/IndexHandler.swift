import Bytes
import CLinux
import Sockets
import Wire

/// Answers for a folder with the first of some files that it has.
struct IndexHandler: PromptHandler {
  let names: [Template]

  func answer(to exchange: Exchange) throws(Failure) -> HandlerOutcome {
    guard exchange.path.bytes.last == UInt8(ascii: "/"),
      [.get, .head, .post].contains(exchange.method)
    else { return .declined }
    var folder: ByteString?
    var isFolderKnown = false
    for template in names {
      let name = template.value(for: exchange)
      if name.hasPrefix("/") { return try exchange.redirect(to: name, query: exchange.query) }
      if folder == nil { folder = try RequestedFile.path(for: exchange) }
      guard let start = folder else { break }
      switch FileFacts.of(start + name) {
      case .success: return try exchange.redirect(to: exchange.path + name, query: exchange.query)
      case .failure(let error):
        try check(error, folder: start, name: name, isFolderKnown, exchange)
        isFolderKnown = true
      }
    }
    return .declined
  }

  /// Passes over a file that is merely missing.
  private func check(
    _ error: SystemError, folder: ByteString, name: ByteString, _ isFolderKnown: Bool,
    _ exchange: Exchange
  ) throws(Failure) {
    let path = folder + name
    switch error.code {
    case ELOOP, EMLINK: throw .status(403)
    case ENOTDIR, ENAMETOOLONG, EACCES: throw refusal(error, path, exchange)
    default: break
    }
    if !isFolderKnown { try checkFolder(folder, path, exchange) }
    guard error.code != ENOENT else { return }
    exchange.logError(.crit, "stat() \"\(path)\" failed \(error.reason)")
    throw .status(500)
  }

  /// A folder that is missing is an error of its own.
  private func checkFolder(
    _ folder: ByteString, _ path: ByteString, _ exchange: Exchange
  ) throws(Failure) {
    let hasSlash = folder.count > 1 && folder.hasSuffix("/")
    let name = hasSlash ? folder[0..<folder.count - 1] : folder
    switch FileFacts.of(name) {
    case .success(let facts):
      if facts.kind == .directory { return }
      exchange.logError(.alert, "\"\(name)\" is not a directory")
      throw .status(500)
    case .failure(let error):
      switch error.code {
      case EACCES: return
      case ENOENT: throw refusal(error, path, exchange)
      default:
        exchange.logError(.crit, "stat() \"\(name)\" failed \(error.reason)")
        throw .status(500)
      }
    }
  }

  private func refusal(_ error: SystemError, _ path: ByteString, _ exchange: Exchange) -> Failure {
    if error.code == EACCES {
      exchange.logError(.error, "\"\(path)\" is forbidden \(error.reason)")
      return .status(403)
    }
    if exchange.settings.core.logsNotFound {
      exchange.logError(.error, "\"\(path)\" is not found \(error.reason)")
    }
    return .status(404)
  }
}
