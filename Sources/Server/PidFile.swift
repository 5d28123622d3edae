import Bytes
import CLinux
import Config

/// The file that tells the number of the running process.
///
/// The file stays open: a process that gave up the superuser's rights may no longer be allowed to
/// remove it from its folder, but can still empty it.
struct PidFile: ~Copyable {
  private let path: String
  private let text: ByteString
  private let descriptor: CInt

  /// Writes the number of this process; a file that was left behind is replaced.
  init(writing path: String) throws(StartupError) {
    self.path = path
    text = ByteString("\(getpid())\n")
    descriptor = linux_open_for_replacing(path)
    guard descriptor >= 0 else { throw .system("open() \"\(path)\"") }
    let descriptor = descriptor
    let text = text
    let count = text.bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard count == text.count else {
      let code = count < 0 ? linux_errno() : ENOSPC
      throw StartupError(Startup.failure("write() \"\(path)\"", code))
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Removes the file; empties it where that is not allowed.
  ///
  /// Either way it names no other process that may have the number later. A file that names a
  /// successor by now is left alone.
  func remove() {
    guard (try? DiskReader().bytes(of: path)) == text else { return }
    if unlink(path) < 0 { _ = ftruncate(descriptor, 0) }
  }
}
