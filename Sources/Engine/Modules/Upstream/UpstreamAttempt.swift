import Bytes
import Sockets

/// One attempt to have a request answered, for variables and the log.
package struct UpstreamAttempt: Sendable {
  /// The peer, or the name of the group where no peer was left.
  ///
  /// nil for the mark that stands between groups, when an internal redirect led to another one.
  var peerName: ByteString?

  /// The status of the response; nil where there was none.
  var status: Int?

  /// In milliseconds since the attempt began; nil where it did not get so far.
  var connectTime: Milliseconds?
  var headerTime: Milliseconds?
  var responseTime: Milliseconds?

  var bytesSent = 0
  var bytesReceived = 0

  /// The bytes of the content.
  var responseLength = 0

  init(peerName: ByteString?) { self.peerName = peerName }
}

extension Exchange {
  /// Marks that another group of servers is asked from now on; call it before the first attempt.
  func beginUpstreamGroup() {
    if !upstreamAttempts.isEmpty { upstreamAttempts.append(UpstreamAttempt(peerName: nil)) }
  }

  /// Says how an attempt ended that was noted when the head of its response came.
  func renewLastAttempt(_ attempt: UpstreamAttempt) {
    upstreamAttempts[upstreamAttempts.count - 1] = attempt
  }
}
