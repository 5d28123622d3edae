import CLinux

/// What a service manager is told; see `sd_notify(3)`.
struct Notification {
  private let text: String

  private static let socketName = getenv("NOTIFY_SOCKET").map { String(cString: $0) }

  /// Remembers where to send to, before the environment changes.
  static func noteSocket() { _ = socketName }

  /// The configuration is in use.
  ///
  /// - Parameter isHeir: Whether another process was the one to watch until now, as after an
  ///   exchange of the binary.
  static func ready(generation: Int, isHeir: Bool) -> Notification {
    let process = isHeir ? "\nMAINPID=\(getpid())" : ""
    return Notification(text: "READY=1\nSTATUS=Configuration \(generation) is in use.\(process)")
  }

  /// A configuration is being read; ``ready(generation:isHeir:)`` follows in any case.
  static var reloading: Notification {
    let microseconds = linux_milliseconds(CLOCK_MONOTONIC) * 1000
    return Notification(text: "RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
  }

  /// The program ends; one that leaves its place to another process does not say so.
  static var stopping: Notification { Notification(text: "STOPPING=1") }

  /// Does nothing where nobody asked to be told.
  func send() {
    guard let name = Notification.socketName else { return }
    _ = linux_notify(name, text)
  }
}
