import Bytes
import CLinux
import Sockets
import Wire

/// Answers with the file that the path names.
struct StaticFileHandler: PromptHandler {
  func answer(to exchange: Exchange) throws(Failure) -> HandlerOutcome {
    switch exchange.method {
    case .get, .head, .post: break
    default: throw .status(405)
    }
    if exchange.path.bytes.last == UInt8(ascii: "/") { return .declined }
    let path = try RequestedFile.path(for: exchange)
    switch exchange.connection.servingLoop.filesOfBatch.open(path) {
    case .failure(let error):
      throw refusal(error, path, exchange)
    case .success((let file, let facts)):
      try check(facts, path, exchange)
      guard let rest = try exchange.sendAtOnce(file, facts) else { return .responded }
      return .awaited(FileSending(rest, on: exchange))
    }
  }

  private func refusal(_ error: SystemError, _ path: ByteString, _ exchange: Exchange) -> Failure {
    let status = error.meansNotFound ? 404 : error.meansForbidden ? 403 : 500
    if status != 404 || exchange.settings.core.logsNotFound {
      exchange.logError(
        status == 500 ? .crit : .error, "\(error.call)() \"\(path)\" failed \(error.reason)")
    }
    return .status(status)
  }

  private func check(
    _ facts: FileFacts, _ path: ByteString, _ exchange: Exchange
  ) throws(Failure) {
    switch facts.kind {
    case .directory:
      exchange.response.location = exchange.pathWithSlash
      throw .status(301)
    case .regular:
      if exchange.method == .post { throw .status(405) }
    case .link, .other:
      exchange.logError(.crit, "\"\(path)\" is not a regular file")
      throw .status(404)
    }
  }
}

/// A file that filters must see, so that it is read piece by piece.
private final class FileSending: AwaitedAnswer, @unchecked Sendable {
  private let part: FilePart

  init(_ part: FilePart, on exchange: Exchange) {
    self.part = part
    super.init(exchange)
  }

  override func run(after progress: Progress?) async throws(Failure) -> HandlerOutcome {
    try await exchange.send(part)
    try exchange.endBody()
    return .responded
  }
}

extension Exchange {
  /// Up to this size, a file leaves together with the head; the kernel sends larger ones.
  private static var smallFileSize: Int { FilesOfBatch.largestContent }

  /// Sends a file as the response.
  func send(
    _ file: OpenFile, _ facts: FileFacts, allowsRanges: Bool = true
  ) async throws(Failure) {
    guard let rest = try sendAtOnce(file, facts, allowsRanges: allowsRanges) else { return }
    try await send(rest)
    try endBody()
  }

  /// Sends a file as the response, as far as that needs no waiting.
  ///
  /// - Returns: What is still to be sent before the body ends; nil where that was all.
  fileprivate func sendAtOnce(
    _ file: OpenFile, _ facts: FileFacts, allowsRanges: Bool = true
  ) throws(Failure) -> FilePart? {
    response.status = 200
    response.contentLength = facts.size
    response.lastModified = facts.modificationTime
    if settings.core.sendsEntityTags {
      response.fields.append(.entityTag, spelled: "ETag") {
        EntityTag.append(modified: facts.modificationTime, size: facts.size, to: $0)
      }
    }
    // X-Accel-Redirect may have brought a type along.
    if response.contentType == nil { response.contentType = mediaTypeOfPath }
    response.allowsRanges = allowsRanges
    response.allowsConditions = true
    try sendHead()
    let part = FilePart(file, offset: 0, count: facts.size)
    if !response.isHeadOnly {
      if facts.size <= Exchange.smallFileSize {
        try sendSmall(part)
      } else if response.takesFiles {
        queue(part)
      } else {
        return part
      }
    }
    try endBody()
    return nil
  }

  /// Sends a part of a file through memory, which saves the system call of its own.
  private func sendSmall(_ part: FilePart) throws(Failure) {
    let buffer = loop.buffers.take(max(part.count, 1))
    while part.count > 0 {
      guard part.read(into: buffer) else {
        loop.buffers.give(buffer)
        throw .aborted
      }
    }
    try send(taking: buffer)
  }

  /// The target of the redirect from a folder's name to the folder.
  fileprivate var pathWithSlash: ByteString {
    var target = PercentEncoding.encode(path, escaping: .uri)
    target.append(UInt8(ascii: "/"))
    if let query, !query.isEmpty {
      target.append(UInt8(ascii: "?"))
      target.append(query)
    }
    return target
  }

  /// What a request comes to that no handler has answered.
  func failureWithoutHandler() -> Failure {
    guard path.bytes.last == UInt8(ascii: "/") else {
      logError(.error, "no handler found")
      return .status(404)
    }
    if let folder = try? RequestedFile.path(for: self) {
      logError(.error, "directory index of \"\(folder)\" is forbidden")
    }
    return .status(403)
  }
}

extension SystemError {
  /// Whether the path may not be followed.
  var meansForbidden: Bool { code == EACCES || code == EMLINK || code == ELOOP }
}
