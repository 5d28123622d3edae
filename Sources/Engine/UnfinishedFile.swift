import Bytes
import CLinux
import Sockets
import Synchronization

/// A file that has a temporary name until it is complete, so that nobody finds a part of it.
///
/// One that goes before it got its name is removed.
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
    var descriptor = linux_create_exclusively(path.string)
    if descriptor < 0, linux_errno() == ENOENT {
      makeFolders()
      descriptor = linux_create_exclusively(path.string)
    }
    guard descriptor >= 0 else { throw SystemError(call: "open", code: linux_errno()) }
    self.path = path
    file = OpenFile(adopting: descriptor)
  }

  deinit { if !isFinished { unlink(path.string) } }

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
