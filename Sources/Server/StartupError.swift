import CLinux
import Sockets

/// Why the program does not start to serve, or not in a new way.
struct StartupError: Error {
  /// nil where it has been logged already.
  let message: String?

  /// What to do about it, for a person; nil where that is not known.
  let advice: String?

  init(_ message: String?, advice: String? = nil) {
    self.message = message
    self.advice = advice
  }

  /// A file that could not be opened, perhaps since there is no folder for it.
  static func opening(_ path: String, _ code: CInt) -> StartupError {
    let end = path.lastIndex(of: "/") ?? path.startIndex
    let folder = String(path[..<end])
    let isMissing = code == ENOENT && !folder.isEmpty && access(folder, F_OK) != 0
    return StartupError(
      failure("open() \"\(path)\"", code),
      advice: isMissing ? "the folder is not there: mkdir -p \(folder)" : nil)
  }

  /// A folder of temporary files that could not be made.
  static func making(_ path: String, _ code: CInt) -> StartupError {
    let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    let advice: String? =
      switch code {
      case ENOENT:
        "the folder above is not there: mkdir -p \(parent), or name another prefix with -p"
      case EACCES, EROFS:
        "nothing can be made in \(parent): name a place that may be written to with "
          + "\"client_body_temp_path\" (for a cache, with its own directive)"
      default: nil
      }
    return StartupError(failure("mkdir() \"\(path)\"", code), advice: advice)
  }

  /// The last failure of a system call; `action` is the call with parentheses.
  static func system(_ action: String) -> StartupError {
    StartupError(failure(action, linux_errno()))
  }

  /// nginx's sentence about a failed call.
  static func failure(_ action: String, _ code: CInt) -> String {
    "\(action) failed \(SystemError(call: "", code: code).reason)"
  }

  /// Turns a failed system call into a sentence.
  static func passing(_ body: () throws(SystemError) -> Void) throws(StartupError) {
    do throws(SystemError) { try body() } catch { throw StartupError("\(error)") }
  }
}
