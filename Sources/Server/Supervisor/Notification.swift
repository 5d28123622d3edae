import CLinux

/// What a service manager is told; see `sd_notify(3)`.
struct Notification {
  private let text: String

  private static let socketName = getenv("NOTIFY_SOCKET").map { String(cString: $0) }

  /// Remembers where to send to, before the environment changes.
  static func noteSocket() { _ = socketName }

  /// The configuration is in use.
  static func ready(generation: Int, hasPredecessor: Bool) -> Notification {
    // After an exchange of the binary the manager must be told whom to watch.
    let process = hasPredecessor ? "\nMAINPID=\(getpid())" : ""
    return Notification(text: "READY=1\nSTATUS=Configuration \(generation) is in use.\(process)")
  }

  /// A configuration is being read; ``ready(generation:hasPredecessor:)`` follows in any case.
  static var reloading: Notification {
    let microseconds = linux_milliseconds(CLOCK_MONOTONIC) * 1000
    return Notification(text: "RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
  }

  static var stopping: Notification { Notification(text: "STOPPING=1") }

  /// Does nothing where nobody asked to be told.
  func send() {
    guard let name = Notification.socketName else { return }
    _ = linux_notify(name, text)
  }
}
