/// A span of time in whole milliseconds, which is as fine as nginx's `time` can say.
///
/// The standard library's `Duration` counts attoseconds in 128 bits, and asking it for milliseconds
/// costs a division of that size; every request asks several times.
package struct TimeSpan: Hashable, Comparable, Sendable {
  package let milliseconds: Int

  package static func milliseconds(_ count: Int) -> TimeSpan { TimeSpan(milliseconds: count) }

  package static func seconds(_ count: Int) -> TimeSpan { TimeSpan(milliseconds: count * 1000) }

  package static let zero = TimeSpan(milliseconds: 0)

  package static func < (left: TimeSpan, right: TimeSpan) -> Bool {
    left.milliseconds < right.milliseconds
  }
}
