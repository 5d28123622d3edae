import Bytes
import Wire

extension Exchange {
  /// Sends the client to the path with a slash at its end; the query stays.
  func redirectToDirectory() throws(Failure) -> HandlerOutcome {
    var target = PercentEncoding.encode(path, escaping: .uri) + ByteString("/")
    if let query, !query.isEmpty { target = target + ByteString("?") + query }
    response.location = target
    throw .status(301)
  }
}
