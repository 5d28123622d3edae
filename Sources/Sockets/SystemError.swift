import CLinux

/// A failed system call, named after its manual page.
public struct SystemError: Error, Hashable, Sendable {
  /// The name of the call, without parentheses.
  public let call: String

  /// The value of `errno`.
  public let code: CInt

  /// A call, by its manual page, and its `errno`.
  public init(call: String, code: CInt) {
    self.call = call
    self.code = code
  }

  /// Passes a result on, or throws what `errno` says where the result is negative.
  @discardableResult
  public static func check(_ call: String, _ result: CInt) throws(SystemError) -> CInt {
    if result >= 0 { return result }
    throw SystemError(call: call, code: linux_errno())
  }

  /// The system's text for an error number, such as `Connection refused`.
  public static func text(of code: CInt) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { room in
      guard let text = linux_error_text(code, room.baseAddress, room.count) else { return "" }
      return String(cString: text)
    }
  }
}

extension SystemError: CustomStringConvertible {
  /// The sentence nginx logs: `connect() failed (111: Connection refused)`.
  public var description: String {
    call.hasSuffix(")") ? "\(call) failed \(reason)" : "\(call)() failed \(reason)"
  }

  /// The number and the text in parentheses: `(111: Connection refused)`.
  public var reason: String { "(\(code): \(SystemError.text(of: code)))" }
}
