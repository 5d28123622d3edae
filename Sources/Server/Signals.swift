import CLinux
import Sockets

/// The signals of the process, as events of a loop.
///
/// They are blocked in every thread and read from a descriptor, so no handler interrupts anything.
/// Confined to its loop, once that runs.
final class Signals: ReadinessObserver {
  /// What a process hears that has no worker, or is none.
  static let ofSupervisors = [
    SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD,
  ]

  /// What a worker hears; what is a supervisor's business it does not mind.
  static let ofWorkers = [SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH]

  private let socket: Socket
  private let received: (CInt) -> Void

  /// Blocks signals; call it before other threads are started.
  ///
  /// - Returns: The descriptor to make ``Signals`` of.
  static func block(_ signals: [CInt]) throws(SystemError) -> CInt {
    try SystemError.check("signalfd", linux_signal_descriptor(signals, signals.count))
  }

  init(
    _ descriptor: CInt, on loop: EventLoop, received: @escaping (CInt) -> Void
  ) throws(SystemError) {
    socket = try Socket(adopting: descriptor, on: loop)
    // Nothing was tried yet; the first event tells what came before.
    socket.isReadable = false
    self.received = received
    socket.observer = self
  }

  func readinessChanged() {
    while true {
      let signal = linux_next_signal(socket.descriptor)
      guard signal != 0 else { break }
      received(signal)
    }
    socket.isReadable = false
  }
}
