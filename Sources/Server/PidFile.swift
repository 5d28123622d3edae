import Bytes
import CLinux

/// The file that tells the number of the running process.
struct PidFile {
  let path: String

  /// Writes the number of this process; a file that was left behind is replaced.
  func write() throws(StartupError) {
    let descriptor = linux_open_for_replacing(path)
    guard descriptor >= 0 else { throw .system("open() \"\(path)\"") }
    defer { close(descriptor) }
    let text = ByteString("\(getpid())\n")
    let count = text.bytes.withUnsafeBytes { CLinux.write(descriptor, $0.baseAddress, $0.count) }
    guard count == text.count else {
      let code = count < 0 ? linux_errno() : ENOSPC
      throw StartupError(Startup.failure("write() \"\(path)\"", code))
    }
  }

  func remove() { unlink(path) }
}
