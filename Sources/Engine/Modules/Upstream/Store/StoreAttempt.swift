import Bytes
import CLinux
import Sockets
import Synchronization
import Wire

/// Stores one response as a file, which gets its name when it is complete.
///
/// Confined to the loop of its exchange. Whoever makes one calls ``release()`` at the end.
final class StoreAttempt: ResponseKeeper {
  private let exchange: Exchange
  private let path: ByteString
  private let access: UInt32
  private var modified: Int?
  private var file: OpenFile?
  private var temporaryPath = ByteString()

  private static let numbers = Atomic<Int>(0)

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
    let number = StoreAttempt.numbers.add(1, ordering: .relaxed).newValue
    temporaryPath =
      path[0..<slash + 1] + "." + path.dropFirst(slash + 1)
      + ByteString(".\(getpid()).\(number)")
    var descriptor = linux_create_exclusively(temporaryPath.string)
    if descriptor < 0, linux_errno() == ENOENT {
      makeFolders()
      descriptor = linux_create_exclusively(temporaryPath.string)
    }
    guard descriptor >= 0 else { return fail("open", temporaryPath) }
    file = OpenFile(adopting: descriptor)
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
    var written = 0
    while written < count {
      let result = buffer.withReadableBytes {
        write(file.descriptor, $0.baseAddress.map { $0 + written }, count - written)
      }
      if result < 0, linux_errno() == EINTR { continue }
      guard result > 0 else { return fail("write", temporaryPath) }
      written += result
    }
  }

  func complete() {
    guard let file else { return }
    fchmod(file.descriptor, mode_t(access))
    if let modified {
      let time = timespec(tv_sec: modified, tv_nsec: 0)
      let times = [time, time]
      futimens(file.descriptor, times)
    }
    guard rename(temporaryPath.string, path.string) == 0 else { return fail("rename", path) }
    self.file = nil
  }

  private func fail(_ call: String, _ path: ByteString) {
    let error = SystemError(call: call, code: linux_errno())
    exchange.logError(.crit, "\(call)() \"\(path)\" failed \(error.reason)")
    release()
  }

  /// Removes what is not complete.
  func release() {
    guard file != nil else { return }
    file = nil
    unlink(temporaryPath.string)
  }
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
    guard path.hasPrefix("/"), !path.bytes.contains(0), path.bytes.last != UInt8(ascii: "/"),
      !path.split(on: UInt8(ascii: "/")).contains("..")
    else {
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
