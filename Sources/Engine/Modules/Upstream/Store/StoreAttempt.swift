import Bytes
import CLinux
import Sockets
import Wire

/// Stores one response as a file, which gets its name when it is complete.
///
/// Confined to the loop of its exchange. Whoever makes one calls ``release()`` at the end.
final class StoreAttempt: ResponseKeeper {
  private let exchange: Exchange
  private let path: ByteString
  private let access: UInt32
  private var modified: Int?
  private var file: UnfinishedFile?

  init(_ exchange: Exchange, path: ByteString, access: UInt32) {
    self.exchange = exchange
    self.path = path
    self.access = access
  }

  /// nginx: who has gone finds the file the next time.
  var outlivesClient: Bool { true }

  var isStoring: Bool { file != nil }

  /// Begins to store a response, where it is whole.
  func start(_ head: ResponseHead) {
    guard head.status == 200, exchange.method != .head else { return }
    modified = head.fields.value(of: .lastModified).flatMap { HTTPDate.parse($0) }
    let slash = path.bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0
    let temporaryPath = UnfinishedFile.temporaryPath(
      path[0..<slash + 1] + "." + path.dropFirst(slash + 1))
    do throws(SystemError) {
      file = try UnfinishedFile(temporaryPath, makingFolders: makeFolders)
    } catch {
      fail(error, temporaryPath)
    }
  }

  private func makeFolders() {
    for (index, byte) in path.bytes.enumerated() where byte == UInt8(ascii: "/") && index > 0 {
      mkdir(path[0..<index].string, mode_t(folderAccess))
    }
  }

  /// nginx: who may read a file may go through its folder.
  private var folderAccess: UInt32 { 0o700 | access | (access & 0o444) >> 2 }

  func append(_ buffer: ByteBuffer, count: Int) {
    guard let file else { return }
    do throws(SystemError) {
      try file.file.write(buffer, count: count)
    } catch {
      fail(error, file.path)
    }
  }

  func complete() {
    guard let file else { return }
    let descriptor = file.file.descriptor
    fchmod(descriptor, mode_t(access))
    if let modified {
      let time = timespec(tv_sec: modified, tv_nsec: 0)
      let times = [time, time]
      futimens(descriptor, times)
    }
    do throws(SystemError) {
      try file.finish(as: path)
      self.file = nil
    } catch {
      fail(error, path)
    }
  }

  private func fail(_ error: SystemError, _ path: ByteString) {
    exchange.logError(.crit, "\(error.call)() \"\(path)\" failed \(error.reason)")
    release()
  }

  /// Removes what is not complete.
  func release() { file = nil }
}

extension UpstreamRequest {
  /// Asks the servers, and stores the response as a file.
  func run(storing store: StoreSettings) async throws(Failure) -> HandlerOutcome {
    let path: ByteString
    switch store.choice {
    case .off: return try await run()
    case .path: path = try RequestedFile.path(for: exchange)
    case .template(let template): path = template.value(for: exchange)
    }
    guard path.hasPrefix("/"), path.bytes.last != UInt8(ascii: "/"), !path.leadsUp else {
      exchange.logError(.error, "the response cannot be stored as \"\(path)\"")
      return try await run()
    }
    let attempt = StoreAttempt(exchange, path: path, access: store.access)
    defer {
      attempt.release()
      keeper = nil
    }
    keeper = attempt
    return try await run()
  }
}
