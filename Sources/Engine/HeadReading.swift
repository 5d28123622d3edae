import Bytes
import CLinux
import Sockets
import Wire

/// A request head that is being read.
struct HeadReading {
  /// When the client must have sent all of it, in the loop's time.
  let deadline: Milliseconds

  /// What has been read of a head that is not whole yet; nil before its first byte.
  var part: PartialHead<RequestHeadParser>?

  /// When the pause for a client that may ask again at once is over; nil before it has begun.
  var endOfPause: Milliseconds?
  var rounds = Rounds()
}

/// What has been read of a head that is not whole yet, and how far.
///
/// Confined to its loop, as the unchecked conformance relies on.
final class PartialHead<Parser>: @unchecked Sendable {
  let fields: Fields
  let parser: Parser

  init(fields: Fields, parser: Parser) {
    self.fields = fields
    self.parser = parser
  }
}

/// What an attempt to read a head came to.
enum HeadProgress {
  case exchange(Exchange)
  /// The connection is closed.
  case gone
  /// Bytes keep coming: let others run, then go on.
  case isTurnOver
  /// The head is not whole yet.
  case wantsMore
  /// Nothing of a head has come.
  case isSilent
}

/// Reading the head of the next request.
extension ClientConnection {
  /// Prepares for the next head.
  func beginReading() -> HeadReading {
    isPipelined = requestCount > 0 && !(input?.isEmpty ?? true)
    return HeadReading(
      deadline: loop.deadline(after: Milliseconds(settings.core.clientHeaderTimeout.milliseconds)))
  }

  /// Reads the next request head.
  ///
  /// - Parameter begun: What has been done for it without a task; nil where that is nothing.
  /// - Returns: nil where the client sends none: the connection is idle or closed then.
  func readExchange(_ begun: HeadReading?) async -> Exchange? {
    var reading = begun ?? beginReading()
    while true {
      switch read(&reading) {
      case .exchange(let exchange): return exchange
      case .gone: return nil
      case .isTurnOver: await waiter.yieldToOthers()
      case .wantsMore:
        servingLoop.statistics.headIsIncomplete(true)
        let outcome = await waiter.wait(until: reading.deadline)
        servingLoop.statistics.headIsIncomplete(false)
        if outcome == .ready { continue }
        headTimedOut()
        return nil
      case .isSilent:
        if await hasNewsAfterPause(&reading) { continue }
        nothingToRead(after: reading.endOfPause == nil ? 0 : ClientConnection.shortPause)
        return nil
      }
    }
  }

  /// Waits for a moment whether the client asks again; news without a request does not renew it.
  private func hasNewsAfterPause(_ reading: inout HeadReading) async -> Bool {
    guard mayPause else { return false }
    let end = reading.endOfPause ?? loop.deadline(after: ClientConnection.shortPause)
    reading.endOfPause = end
    isPausing = true
    let outcome = await waiter.wait(until: end)
    isPausing = false
    return outcome == .ready
  }

  /// Reads what is there.
  @inline(__always)
  func read(_ reading: inout HeadReading) -> HeadProgress {
    if reading.part == nil, input == nil, !stream.isReadyToRead {
      return progress(after: stream.absence, isInHead: false)
    }
    return readHead(&reading)
  }

  @inline(never)
  private func readHead(_ reading: inout HeadReading) -> HeadProgress {
    let part = reading.part.take()
    let fields = part?.fields ?? takeFields()
    var parser = part?.parser ?? RequestHeadParser(options: settings.core.headOptions)
    while true {
      if !fields.buffer.isEmpty {
        do throws(RequestHeadError) {
          if try parser.advance(fields) {
            return .exchange(makeExchange(parser.head(consume fields)))
          }
        } catch {
          return .exchange(makeExchange(refused: error, parser.partialHead(fields)))
        }
        // Bytes that keep coming never reach a wait.
        guard loop.now <= reading.deadline else {
          headTimedOut()
          return .gone
        }
      }
      let outcome = fields.read(from: stream)
      if case .bytes = outcome, !reading.rounds.isTurnOver() { continue }
      let isInHead = !fields.buffer.isEmpty
      if isInHead {
        reading.part = PartialHead(fields: fields, parser: parser)
      } else {
        servingLoop.giveBack(fields)
      }
      return progress(after: outcome, isInHead: isInHead)
    }
  }

  /// Fields of a head that begins with the bytes that have been read already.
  private func takeFields() -> Fields {
    let fields = servingLoop.takeFields()
    if let rest = input.take() {
      fields.buffer.swapBytes(with: rest)
      giveBuffer(rest)
    }
    return fields
  }

  private func progress(after outcome: ReadOutcome, isInHead: Bool) -> HeadProgress {
    switch outcome {
    case .bytes: return .isTurnOver
    case .wouldBlock: return isInHead ? .wantsMore : .isSilent
    case .end:
      if isInHead {
        logError(.info, "client prematurely closed connection while reading client request")
      }
      close()
      return .gone
    case .failed(let code):
      logReadFailure(code, isInHead: isInHead)
      close()
      return .gone
    }
  }

  /// As nginx: clients that end kept connections with a reset are many.
  private func logReadFailure(_ code: CInt, isInHead: Bool) {
    guard !stream.isCutOff, isInHead || requestCount == 0 || code != ECONNRESET else { return }
    let waiting = requestCount == 0 ? "waiting for request" : "keepalive"
    let action = isInHead ? "reading client request" : waiting
    logError(.info, "\(stream.readFailure(code)) while \(action)")
  }

  @inline(never)
  private func headTimedOut() {
    logError(.info, "client timed out (110: Connection timed out) while reading client request")
    close()
  }
}

extension Fields {
  /// Reads what has come of a head behind what is there; on an own `let` nothing is counted.
  fileprivate func read(from stream: ByteStream) -> ReadOutcome {
    stream.read(into: buffer, minimumRoom: 512)
  }
}
