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
  private static let maximumAttempts = 5
  private var attempts = 0

  /// The sentences that have been said: attempts that fail alike are told once.
  private var said: Set<String> = []

  /// What to do about the last failure; nil where that is not known.
  private(set) var advice: String?

  /// - Parameter report: Told about each address that cannot be bound.
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
    guard attempts < ListenerOpening.maximumAttempts else {
      report(.emerg, "still could not bind()")
      return .failed
    }
    attempts += 1
    let failures = places.compactMap { place in open(place).map { (place: place, code: $0) } }
    guard !failures.isEmpty else { return .open }
    advice = advice(on: failures)
    guard failures.allSatisfy({ $0.code == EADDRINUSE }) else { return .failed }
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
      let sentence = "\(error.call)() to \(place.address.text) failed \(error.reason)"
      if said.insert(sentence).inserted { report(.emerg, sentence) }
      return error.code
    }
  }

  private func advice(on failures: [(place: ServingPlan.Place, code: CInt)]) -> String? {
    let codes = failures.map(\.code)
    let areFiles = failures.map { $0.place.address.family == AF_UNIX }
    if !areFiles.contains(true), codes.allSatisfy({ $0 == EACCES }) {
      return "ports below 1024 are for the superuser and for who has CAP_NET_BIND_SERVICE; "
        + "others are free to all, as in: listen 8080"
    }
    guard codes.allSatisfy({ $0 == EADDRINUSE }) else { return nil }
    let count = "tried \(attempts) times"
    if !areFiles.contains(false) {
      return "\(count): another program listens at the file, or one has left it behind; "
        + "then remove it"
    }
    return "\(count): another program has it, such as nginx, or an apus that runs already "
      + "(-s reload gives that one the configuration); ss -ltnp tells which"
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
        throw StartupError(nil, advice: advice)
      }
    }
  }
}
