import CLinux
import Engine
import Sockets

/// The opening of the sockets that a plan needs, which may take several attempts.
///
/// nginx: what is in use by another program may be free soon, so it is tried five times, with half
/// a second after each; what else is wrong will not pass. Sockets that are open stay so meanwhile.
final class ListenerOpening {
  /// What an attempt came to.
  enum Outcome {
    case open
    /// Another attempt is to follow after ``pause``.
    case later
    case failed
  }

  /// The time between two attempts.
  static let pause: Milliseconds = 500

  /// The sockets of the plan that are open, for ``ListenerSet/use(_:)``.
  private(set) var groups: ListenerSet.Groups = [:]

  private let listeners: ListenerSet
  private let places: [ServingPlan.Place]
  private let loopCount: Int
  private let report: (LogLevel, String) -> Void
  private var attemptsLeft = 5

  /// - Parameter report: Told about each address that cannot be bound, at each attempt.
  init(
    _ listeners: ListenerSet, _ places: [ServingPlan.Place], loopCount: Int,
    report: @escaping (LogLevel, String) -> Void
  ) {
    self.listeners = listeners
    self.places = places
    self.loopCount = loopCount
    self.report = report
  }

  /// Opens what is not open yet.
  func attempt() -> Outcome {
    guard attemptsLeft > 0 else {
      report(.emerg, "still could not bind()")
      return .failed
    }
    attemptsLeft -= 1
    let codes = places.compactMap { open($0) }
    guard !codes.isEmpty else { return .open }
    guard codes.allSatisfy({ $0 == EADDRINUSE }) else { return .failed }
    report(.notice, "try again to bind() after \(ListenerOpening.pause)ms")
    return .later
  }

  /// - Returns: The number of the error; nil where the place is open.
  private func open(_ place: ServingPlan.Place) -> CInt? {
    guard groups[place.address] == nil else { return nil }
    do throws(SystemError) {
      groups[place.address] = try listeners.sockets(of: place, loopCount, beside: groups)
      return nil
    } catch {
      report(.emerg, "\(error.call)() to \(place.address.text) failed \(error.reason)")
      return error.code
    }
  }

  /// Closes what has been opened, since the plan is not to be used.
  func abandon() {
    listeners.discard(groups)
    groups = [:]
  }

  /// Attempts it until it has come to an end, and blocks meanwhile.
  func complete() throws(StartupError) {
    while true {
      switch attempt() {
      case .open: return
      case .later: usleep(UInt32(ListenerOpening.pause) * 1_000)
      case .failed:
        abandon()
        throw StartupError(nil)
      }
    }
  }
}
