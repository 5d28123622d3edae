/// Something of a loop with a deadline: told once, at or soon after it.
///
/// Moving the deadline later, or cancelling, is a single store: the object stays where it is in the
/// wheel until that time comes, and is looked at then. Confined to the loop whose wheel it uses;
/// the wheel does not retain it.
open class TimedObject {
  /// When ``deadlinePassed()`` is called, in the loop's time; `.max` where it is not.
  public private(set) final var deadline: Milliseconds = .max

  final var place: Milliseconds = .max
  final var next: Unmanaged<TimedObject>?
  final var previous: Unmanaged<TimedObject>?
  private final let timers: Timers

  // The last, so that a subclass's first small values share its word.
  final var slot: Int32 = -1

  /// An object without a deadline.
  ///
  /// - Parameter timers: The wheel of its loop, which outlives it.
  public init(on timers: Timers) { self.timers = timers }

  deinit { if slot >= 0 { timers.remove(self) } }

  /// Whether there is a deadline.
  public final var hasDeadline: Bool { deadline != .max }

  /// Sets or moves the deadline; `.max` means never.
  public final func setDeadline(_ deadline: Milliseconds) {
    self.deadline = deadline
    if slot >= 0 {
      if deadline >= place { return }
      timers.remove(self)
    }
    if deadline != .max { timers.insert(self) }
  }

  /// Forgets the deadline.
  public final func cancelDeadline() { deadline = .max }

  /// Called on the loop when the deadline has come; it has been forgotten by then.
  open func deadlinePassed() {}

  /// Called on the loop, among its jobs, after ``EventLoop/enqueue(_:)``.
  open func runOnLoop() {}
}

/// An alarm of a loop: runs its action once, at or soon after its deadline.
public final class Timer: TimedObject {
  private let action: () -> Void

  /// A timer that is not set.
  ///
  /// - Parameter action: Runs on the loop; it may set the timer again.
  public init(on timers: Timers, action: @escaping () -> Void) {
    self.action = action
    super.init(on: timers)
  }

  /// Whether the action is still to run.
  public var isSet: Bool { hasDeadline }

  /// Sets or moves the deadline; `.max` means never.
  public func set(_ deadline: Milliseconds) { setDeadline(deadline) }

  /// Keeps the action from running.
  public func cancel() { cancelDeadline() }

  public override func deadlinePassed() { action() }
}
