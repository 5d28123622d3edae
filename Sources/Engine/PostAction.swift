import Bytes
import Wire

/// `post_action`: a request that the program makes itself when a client's has been answered, such
/// as one that accounts for a download.
///
/// Variables tell it how the client's request went. As in nginx, the next request of the connection
/// waits for its end, and the client's log line is that of the location where it ended.
extension Exchange {
  @inline(never)
  func runPostAction() async {
    let target = settings.core.postAction
    let isPath = target.hasPrefix("/")
    var start = HandlerOutcome.redirectedInternally
    if !isPath {
      guard let location = server.locations.named(target) else {
        return logError(.error, "could not find named location \"\(target)\"")
      }
      start = .redirectedToLocation(location)
    }
    let content = body.isStreamed ? RequestBody(.none) : body
    let collector = OutputCollector(keepsOutput: false)
    let (path, query) = isPath ? (target, nil) : (path, query)
    guard let action = makeSubrequest(path, query, content, collector) else { return }
    action.method = method
    action.upstreamAttempts = upstreamAttempts
    action.madeExtras.accountedExchange = self
    await Pipeline.answer(action, from: start)
    if action.hasBackgroundRequests { await action.finishBackgroundRequests() }
    _ = action.connection.output.flush()
    takeFacts(of: action)
    action.endSubrequest()
  }

  /// Takes over what the log line shows.
  private func takeFacts(of action: Exchange) {
    location = action.location
    path = action.path
    query = action.query
    upstreamAttempts = action.upstreamAttempts
    // nginx: what went wrong for the client is told in any case.
    if response.status < 300 { response.status = action.response.status }
  }
}
