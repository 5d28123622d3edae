import Bytes
import CLinux
import Sockets
import Synchronization

/// A file that has a temporary name until it is complete, so that nobody finds a part of it.
///
/// One that goes before it got its name is removed. One that a crash leaves behind is known by the
/// lock that nobody holds: the number of a process would tell nothing, since another process may
/// have it now, or one of another container.
final class UnfinishedFile {
  let file: OpenFile

  /// The temporary name.
  let path: ByteString

  private var isFinished = false

  private static let numbers = Atomic<Int>(0)

  /// A name that no other file has: the process and a number stand behind the path.
  static func temporaryPath(_ path: ByteString) -> ByteString {
    let number = numbers.add(1, ordering: .relaxed).newValue
    return path + ByteString(".\(getpid()).\(number)")
  }

  /// Creates a file.
  ///
  /// - Parameter makeFolders: Called where a folder is missing; then it is tried once more.
  init(_ path: ByteString, makingFolders makeFolders: () -> Void) throws(SystemError) {
    var file = try UnfinishedFile.create(path, makeFolders)
    // Who looks for files that were left behind may have come before the lock.
    while file.isRemoved { file = try UnfinishedFile.create(path, makeFolders) }
    self.path = path
    self.file = file
  }

  private static func create(
    _ path: ByteString, _ makeFolders: () -> Void
  ) throws(SystemError) -> OpenFile {
    var descriptor = linux_create_exclusively(path.string)
    if descriptor < 0, linux_errno() == ENOENT {
      makeFolders()
      descriptor = linux_create_exclusively(path.string)
    }
    guard descriptor >= 0 else { throw SystemError(call: "open", code: linux_errno()) }
    // Where a file system has no locks, nobody removes what is left behind.
    _ = linux_lock(descriptor, 1)
    return OpenFile(adopting: descriptor)
  }

  deinit { if !isFinished { unlink(path.string) } }

  /// Whether a name is one that ``temporaryPath(_:)`` makes.
  ///
  /// - Parameter isOwn: Judges what stands before the process and the number.
  static func isTemporary(_ name: ByteString, of isOwn: (ByteString) -> Bool) -> Bool {
    let parts = name.split(on: UInt8(ascii: "."))
    return parts.count == 3 && isOwn(parts[0]) && parts[1].decimalNumber != nil
      && parts[2].decimalNumber != nil
  }

  /// Removes a file of such a name, unless it is still being written.
  static func removeIfLeftBehind(_ path: ByteString) {
    let descriptor = linux_open_for_rewriting(path.string)
    guard descriptor >= 0 else { return }
    // The lock ends with the descriptor, after the name.
    defer { close(descriptor) }
    if linux_lock(descriptor, 0) == 0 { unlink(path.string) }
  }

  /// Gives the file its name.
  ///
  /// - Parameter makeFolders: Called where a folder is missing; then it is tried once more.
  func finish(
    as target: ByteString, makingFolders makeFolders: () -> Void = {}
  ) throws(SystemError) {
    var result = rename(path.string, target.string)
    if result < 0, linux_errno() == ENOENT {
      makeFolders()
      result = rename(path.string, target.string)
    }
    try SystemError.check("rename", result)
    isFinished = true
  }
}

extension OpenFile {
  /// Whether the file has no name any more.
  fileprivate var isRemoved: Bool {
    var facts = stat()
    return fstat(descriptor, &facts) == 0 && facts.st_nlink == 0
  }

  /// Writes the first bytes of a buffer, which stay there.
  func write(_ buffer: ByteBuffer, count: Int) throws(SystemError) {
    var written = 0
    while written < count {
      let result = buffer.withReadableBytes {
        CLinux.write(descriptor, $0.baseAddress.map { $0 + written }, count - written)
      }
      if result < 0, linux_errno() == EINTR { continue }
      guard result > 0 else { throw SystemError(call: "write", code: linux_errno()) }
      written += result
    }
  }
}
