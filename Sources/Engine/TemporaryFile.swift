import Bytes
import CLinux
import Sockets
import Synchronization

/// A file in `client_body_temp_path`, which vanishes with its last use unless its name is kept.
final class TemporaryFile {
  let file: OpenFile
  private(set) var byteCount = 0

  private static let numbers = Atomic<Int>(0)

  /// The full path where the name is kept; whoever keeps it removes the file.
  let path: String?

  /// - Parameter keepsName: Whether others shall find the file.
  /// - Throws: 500 where the folder does not let a file be created; the reason is logged.
  init(for exchange: Exchange, keepsName: Bool = false) throws(Failure) {
    let folder = exchange.settings.core.clientBodyTempPath.string
    let number = TemporaryFile.numbers.add(1, ordering: .relaxed).newValue
    let path = "\(folder)/\(getpid())-\(number)"
    let descriptor = linux_create_exclusively(path)
    guard descriptor >= 0 else {
      exchange.logError(
        .crit,
        "open() \"\(path)\" failed (\(linux_errno()): \(String(cString: strerror(linux_errno()))))")
      throw .status(500)
    }
    // Without a name it cannot be left behind, whatever ends the program.
    if !keepsName { unlink(path) }
    self.path = keepsName ? path : nil
    file = OpenFile(adopting: descriptor)
  }

  /// Writes and consumes a buffer.
  ///
  /// - Throws: 500 where the disk is full or fails; the reason is logged.
  func append(_ buffer: ByteBuffer, _ exchange: Exchange) throws(Failure) {
    do throws(SystemError) {
      try file.write(buffer, count: buffer.count)
    } catch {
      exchange.logError(.crit, "write() to a temporary file failed \(error.reason)")
      throw .status(500)
    }
    byteCount += buffer.count
    buffer.clear()
  }
}
