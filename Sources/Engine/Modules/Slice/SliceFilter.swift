import Bytes
import Sockets
import Wire

/// Makes the first slice the beginning of a whole response, and looks at the others.
struct SliceFilter: HeaderFilter {
  private let size: Int

  /// nil where responses are not sliced.
  init?(_ settings: SliceSettings) {
    guard settings.size > 0 else { return nil }
    size = settings.size
  }

  func filter(_ exchange: Exchange) throws(Failure) {
    let response = exchange.response
    guard let context = exchange.extras?.slice else { return }
    guard response.status == 206 else {
      // A server that knows no ranges has sent everything.
      guard exchange.isSubrequest else {
        exchange.extras?.slice = nil
        return
      }
      throw refuse("unexpected status code \(response.status) in slice response", exchange)
    }
    guard let range = response.fields.value(of: .contentRange).flatMap({ ContentRange($0) }) else {
      throw refuse("invalid range in slice response", exchange)
    }
    if let problem = context.accept(response, range) { throw refuse(problem, exchange) }
    guard !exchange.isSubrequest else { return }
    let length = range.completeLength ?? 0
    context.start = range.end
    context.end = length
    response.status = 200
    response.reason = nil
    response.contentLength = length
    response.contentOffset = range.first
    response.fields.remove(.contentRange)
    response.fields.remove(.acceptRanges)
    response.allowsRanges = true
    response.allowsOneRangeOnly = true
    let body = SliceBody(exchange, context)
    exchange.madeExtras.lateBody = body
    response.bodyFilters.append(body)
  }

  /// nginx: what is wrong with a slice ends the connection, whether or not it is the first.
  private func refuse(_ problem: String, _ exchange: Exchange) -> Failure {
    exchange.logError(.error, problem)
    return .aborted
  }
}

/// Passes the first slice on, then asks for one after another.
final class SliceBody: LateBody {
  // The exchange has the body.
  private unowned let exchange: Exchange
  private let context: SliceContext
  private(set) var hasInputEnded = false
  private(set) var isAbandoned = false
  private var isAsking = false

  init(_ exchange: Exchange, _ context: SliceContext) {
    self.exchange = exchange
    self.context = context
  }

  var hasBegun: Bool { true }

  var isComplete: Bool { hasInputEnded && !isAsking && context.start >= end }

  var putsOffEnd: Bool { !isComplete }

  /// Where the client needs no more.
  private var end: Int { exchange.response.selection?.end ?? context.end }

  func filter(_ input: ByteBuffer, into output: ByteBuffer, isLast: Bool) throws(Failure) {
    output.append(input, in: 0..<input.count)
    input.consume(input.count)
    guard isLast else { return }
    hasInputEnded = true
  }

  /// Leaves out slices before the range that the client wants, once the first has gone through.
  private func skip() {
    guard let first = exchange.response.selection?.start,
      context.start.adding(context.size) <= first
    else { return }
    context.start = first / context.size * context.size
    exchange.response.selection?.skip(to: context.start)
  }

  /// Asks for the next slice, when the client has got what was there.
  func outputDrained() {
    guard hasInputEnded, !isAsking, !isAbandoned, !isComplete else { return }
    skip()
    isAsking = true
    context.isAnswered = false
    let isStarted = exchange.startCopy(keepsOutput: true) { [self] copy in
      copy.madeExtras.slice = context
      await Pipeline.answerAgain(copy)
    } ended: { [self] output in
      received(output)
    }
    if !isStarted { abandon() }
  }

  private func received(_ output: ByteBuffer?) {
    isAsking = false
    guard context.isAnswered, let output,
      output.count == min(context.size, context.end - context.start)
    else { return abandon() }
    context.start += output.count
    do throws(Failure) {
      try exchange.pass(output, behind: self, isLast: isComplete)
    } catch {
      abandon()
    }
    exchange.waiter.readinessChanged()
  }

  /// Gives the response up: the connection ends before it is complete.
  private func abandon() {
    isAbandoned = true
    exchange.isPersistent = false
    exchange.waiter.readinessChanged()
  }
}
