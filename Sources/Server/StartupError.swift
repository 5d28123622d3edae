import CLinux
import Sockets

/// Why the program does not start to serve, or not in a new way.
struct StartupError: Error {
  /// nil where it has been logged already.
  let message: String?

  init(_ message: String?) { self.message = message }

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
