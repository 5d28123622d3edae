import Bytes
import CLinux
import Config

/// The file that tells the number of the running process.
final class PidFile {
  private(set) var path: String
  private let finalPath: String
  private let text: ByteString

  /// Writes the number of this process into a file beside the place that it is meant for.
  ///
  /// What belongs to the file can be made ready before ``publish()`` lets others see it.
  init(for path: String) throws(StartupError) {
    // What is no file, such as /dev/null, must not be replaced by one.
    self.path = linux_is_other_than_file(path) == 1 ? path : path + ".\(getpid())"
    finalPath = path
    text = ByteString("\(getpid())\n")
    let path = self.path
    let descriptor = linux_open_for_replacing(path)
    // The sentence names the file that the configuration names.
    guard descriptor >= 0 else { throw .opening(finalPath, linux_errno()) }
    defer { close(descriptor) }
    let count = text.bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard count == text.count else {
      let code = count < 0 ? linux_errno() : ENOSPC
      throw StartupError(StartupError.failure("write() \"\(path)\"", code))
    }
  }

  /// Puts the file in its place; one that was left behind is replaced.
  func publish() throws(StartupError) {
    if path != finalPath { try rename(to: finalPath) }
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
