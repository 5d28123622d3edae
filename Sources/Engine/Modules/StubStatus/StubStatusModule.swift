import Bytes
import Wire

extension Module {
  /// Tells how many connections there are.
  static let stubStatus: Module = {
    var module = Module("ngx_http_stub_status_module")
    module.directives = [
      Directive(
        "stub_status", "[on]", count: 0...1, in: [.server, .location],
        "Answers with the numbers of connections and requests."
      ) { statement, level in
        level.location?.choice = FixedHandler(handler: StubStatusHandler())
      }
    ]
    module.variables = [
      Variable("connections_active", "The number of clients' connections.") {
        _ in ByteString(decimal: LoopStatistics.total.active)
      },
      Variable("connections_reading", "The number of connections whose request head is read.") {
        _ in ByteString(decimal: LoopStatistics.total.reading)
      },
      Variable("connections_writing", "The number of connections with a request under way.") {
        _ in ByteString(decimal: LoopStatistics.total.writing)
      },
      Variable("connections_waiting", "The number of connections without a request.") {
        _ in ByteString(decimal: LoopStatistics.total.waiting)
      },
    ]
    return module
  }()
}

/// Answers with the numbers of connections and requests, in nginx's form.
struct StubStatusHandler: PromptHandler {
  func answer(to exchange: Exchange) throws(Failure) -> HandlerOutcome {
    guard exchange.method == .get || exchange.method == .head else { throw .status(405) }
    let total = LoopStatistics.total
    let text = """
      Active connections: \(total.active)\u{20}
      server accepts handled requests
       \(total.accepted) \(total.accepted) \(total.requests)\u{20}
      Reading: \(total.reading) Writing: \(total.writing) Waiting: \(total.waiting)\u{20}

      """
    return try exchange.respond(status: 200, contentType: "text/plain", body: ByteString(text))
  }
}
