import Bytes
import Sockets

/// One attempt to have a request answered, for variables and the log.
package struct UpstreamAttempt: Sendable {
  /// The peer, or the name of the group where no peer was left.
  ///
  /// nil for the mark that stands between groups, when an internal redirect led to another one.
  var peerName: ByteString?

  /// In milliseconds since the attempt began; nil where it did not get so far.
  @Compact var connectTime: Milliseconds?
  @Compact var headerTime: Milliseconds?
  @Compact var responseTime: Milliseconds?

  var bytesSent = 0
  var bytesReceived = 0

  /// The bytes of the content.
  var responseLength = 0

  /// The status of the response; nil where there was none.
  @Compact var status: Int?

  /// Adds what a tunnel has carried, which began with the response.
  ///
  /// - Parameter time: In milliseconds since the attempt began.
  mutating func noteTunnel(sent: Int, received: Int, time: Milliseconds) {
    bytesSent += sent
    bytesReceived += received
    responseLength = received
    responseTime = time
  }

  /// Becomes another attempt, in its place.
  fileprivate mutating func restart(_ peerName: ByteString?) {
    self.peerName = peerName
    status = nil
    connectTime = nil
    headerTime = nil
    responseTime = nil
    bytesSent = 0
    bytesReceived = 0
    responseLength = 0
  }
}

/// The attempts of an exchange in their order; nearly always there is but one.
package struct UpstreamAttempts: Sendable {
  private var earlier: [UpstreamAttempt] = []

  /// The attempt under way, or the last one.
  var current = UpstreamAttempt()

  /// Whether variables and the log see ``current``.
  private var isCurrentNoted = false

  /// Every attempt that was noted, in its turn.
  var all: [UpstreamAttempt] { isCurrentNoted ? earlier + [current] : earlier }

  /// Starts an attempt, which ``noteCurrent()`` shows to others.
  ///
  /// - Parameter peerName: See ``UpstreamAttempt/peerName``.
  mutating func begin(_ peerName: ByteString?) {
    if isCurrentNoted { earlier.append(current) }
    isCurrentNoted = false
    current.restart(peerName)
  }

  /// Lets variables and the log see the current attempt.
  mutating func noteCurrent() { isCurrentNoted = true }

  /// Marks that another group of servers is asked from now on; call it before the first attempt.
  mutating func beginGroup() {
    guard isCurrentNoted else { return }
    begin(nil)
    noteCurrent()
  }
}
