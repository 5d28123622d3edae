import Bytes
import CLinux
import Config

/// The file that tells the number of the running process.
final class PidFile {
  private(set) var path: String
  private let text: ByteString

  /// Writes the number of this process; a file that was left behind is replaced.
  init(writing path: String) throws(StartupError) {
    self.path = path
    text = ByteString("\(getpid())\n")
    let descriptor = linux_open_for_replacing(path)
    guard descriptor >= 0 else { throw .system("open() \"\(path)\"") }
    defer { close(descriptor) }
    let count = text.bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard count == text.count else {
      let code = count < 0 ? linux_errno() : ENOSPC
      throw StartupError(StartupError.failure("write() \"\(path)\"", code))
    }
  }

  /// Gives the file another name.
  func rename(to name: String) throws(StartupError) {
    guard CLinux.rename(path, name) == 0 else {
      throw .system("rename() \(path) to \(name)")
    }
    path = name
  }

  /// Removes the file, unless it names another process by now.
  func remove() {
    guard (try? DiskReader().bytes(of: path)) == text else { return }
    unlink(path)
  }
}
