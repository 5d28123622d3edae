import Bytes
import Sockets

/// nginx's `lingering_close`.
extension ClientConnection {
  /// Closes the connection, but lets the client read the response before it is reset by data that
  /// it still sends.
  func closeGracefully(_ exchange: Exchange) async {
    await linger(exchange)
    exchange.end()
    close()
  }

  private func linger(_ exchange: Exchange) async {
    let core = exchange.settings.core
    let hasMore = !exchange.body.isComplete || stream.isReadyToRead
    guard exchange.response.isComplete, core.lingering == .always || hasMore,
      core.lingering != .off
    else { return }
    stream.shutdownWrite()
    let end = loop.deadline(after: Milliseconds(core.lingeringTime.milliseconds))
    let trash = loop.buffers.take(4096)
    defer { loop.buffers.give(trash) }
    var rounds = Rounds()
    while loop.now < end {
      trash.clear()
      switch stream.read(into: trash, minimumRoom: 4096) {
      case .bytes: if rounds.isTurnOver() { await waiter.yieldToOthers() }
      case .end, .failed: return
      case .wouldBlock:
        let pause = loop.deadline(after: Milliseconds(core.lingeringTimeout.milliseconds))
        guard await waiter.wait(until: min(end, pause)) == .ready else { return }
      }
    }
  }
}
