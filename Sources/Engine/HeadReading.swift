import Bytes
import Sockets
import Wire

/// A request head that is being read.
struct HeadReading {
  /// When the client must have sent all of it, in the loop's time.
  let deadline: Milliseconds

  /// What has been read of a head that is not whole yet; nil before its first byte.
  var parser: RequestHeadParser?

  /// When the pause for a client that may ask again at once is over; nil before it has begun.
  var endOfPause: Milliseconds?
  var rounds = Rounds()
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
  /// Reads the next request head.
  ///
  /// - Returns: nil where the client sends none: the connection is idle or closed then.
  func readExchange() async -> Exchange? {
    var reading = HeadReading(
      deadline: loop.deadline(after: Milliseconds(settings.core.clientHeaderTimeout.milliseconds)))
    isPipelined = requestCount > 0 && !(input?.isEmpty ?? true)
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
        nothingToRead()
        return nil
      }
    }
  }

  /// Waits for a moment whether the client asks again; news without a request does not renew it.
  private func hasNewsAfterPause(_ reading: inout HeadReading) async -> Bool {
    guard mayPause else { return false }
    giveInputBack()
    let end = reading.endOfPause ?? loop.deadline(after: ClientConnection.shortPause)
    reading.endOfPause = end
    isPausing = true
    let outcome = await waiter.wait(until: end)
    isPausing = false
    return outcome == .ready
  }

  /// Reads what is there.
  @inline(never)
  private func read(_ reading: inout HeadReading) -> HeadProgress {
    var input = reading.parser?.buffer ?? takeInput()
    while true {
      if !input.isEmpty {
        if let exchange = parse(input, &reading) { return .exchange(exchange) }
        // Bytes that keep coming never reach a wait.
        guard loop.now <= reading.deadline else {
          headTimedOut()
          return .gone
        }
        // The rest of the head belongs where its beginning is now.
        if let parser = reading.parser { input = parser.buffer }
      }
      switch stream.read(into: input, minimumRoom: 512) {
      case .bytes: if reading.rounds.isTurnOver() { return .isTurnOver }
      case .wouldBlock: return input.isEmpty ? .isSilent : .wantsMore
      case .end, .failed:
        if !input.isEmpty {
          logError(.info, "client prematurely closed connection while reading client request")
        }
        close()
        return .gone
      }
    }
  }

  private func parse(_ input: ByteBuffer, _ reading: inout HeadReading) -> Exchange? {
    var parser =
      reading.parser.take()
      ?? RequestHeadParser(
        into: servingLoop.takeFields(for: input), options: settings.core.headOptions)
    do {
      if let head = try parser.parse() { return makeExchange(head) }
      reading.parser = parser
      giveInputBack()
      return nil
    } catch {
      return makeExchange(refused: error, parser)
    }
  }

  private func headTimedOut() {
    logError(.info, "client timed out (110: Connection timed out) while reading client request")
    close()
  }
}
