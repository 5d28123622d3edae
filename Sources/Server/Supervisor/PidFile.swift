import Bytes
import CLinux
import Config

/// The file that tells the number of the running process.
final class PidFile {
  private(set) var path: String
  private let finalPath: String
  private let text: ByteString

  /// Held so that no other file gets this one's number, which names the ``ControlSocket``, when
  /// somebody has removed it.
  private let file: Descriptor

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
    file = Descriptor(adopting: descriptor)
    let count = text.bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard count == text.count else {
      let code = count < 0 ? linux_errno() : ENOSPC
      throw StartupError(StartupError.failure("write() \"\(path)\"", code))
    }
  }

  /// The process that the file of a path names, if it runs; nil for this one and what started it,
  /// whose numbers a container may give again.
  static func runningProcess(namedBy path: String) -> (number: pid_t, name: String)? {
    guard let bytes = try? DiskReader().bytes(of: path),
      let number = ByteString(bytes.bytes.filter { $0 != ASCII.lineFeed }).decimalNumber,
      number > 1, let process = pid_t(exactly: number), process != getpid(), process != getppid()
    else { return nil }
    let descriptor = linux_open_for_reading("/proc/\(process)/comm")
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // The kernel's limit for such a name, which its process may choose.
    var name = [UInt8](repeating: 0, count: 16)
    let count = read(descriptor, &name, name.count)
    let shown = name.prefix(max(count, 0)).filter { $0 > 0x20 && $0 < 0x7F }
    return (process, String(decoding: shown, as: UTF8.self))
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
