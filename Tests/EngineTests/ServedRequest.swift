import Bytes
import CLinux
import Config
import Sockets
import Synchronization
import Testing
import Wire

@testable import Engine

/// Hands an exchange, read and ready to be answered, to a test.
///
/// - Parameters:
///   - request: The head; lines end in LF and become CRLF, the empty line is added.
///   - server: What the only `server` block holds.
func withExchange<Result>(
  _ request: String = "GET / HTTP/1.1\nHost: h", server text: String,
  _ body: (Exchange) throws -> Result
) throws -> Result {
  try withExchange(request, server: text) { exchange, _ in try body(exchange) }
}

/// Hands an exchange and the client's end of its connection to a test.
func withExchange<Result>(
  _ request: String, server text: String, _ body: (Exchange, ByteStream) throws -> Result
) throws -> Result {
  let result = load(server: text)
  #expect(result.diagnostics.filter { $0.severity != .warning }.map(\.message) == [])
  return try withExchange(request, on: try #require(result.site), body)
}

/// Hands an exchange of a site's first address, and the client's end, to a test.
func withExchange<Result>(
  _ request: String = "GET / HTTP/1.1\nHost: h", on site: Site,
  _ body: (Exchange, ByteStream) throws -> Result
) throws -> Result {
  EventLoop.keepJobs()
  let loop = try EventLoop(index: 0)
  let serving = ServingLoop(eventLoop: loop, site: site)
  let (near, far) = try socketPair(on: loop)
  defer { far.close() }
  let connection = ClientConnection(
    stream: near, listener: try #require(site.listeners.first), servingLoop: serving, slot: 0)
  let input = ByteBuffer(capacity: 256)
  input.append(ByteString(head(request)))
  var parser = RequestHeadParser()
  let fields = Fields(buffer: input)
  let exchange = connection.makeExchange(try #require(try parser.parse(fields)))
  return try withExtendedLifetime((serving, connection, loop)) { try body(exchange, far) }
}

/// The response to one request, as bytes on the wire, when the connection has been closed.
///
/// - Parameters:
///   - request: As in ``withExchange(_:server:_:)``; `Connection: close` is added.
///   - http: What the `http` block holds.
func answer(_ request: String, http text: String) throws -> String {
  try answer(request, site: try #require(load(http: text).site))
}

/// The response to one request of the only `server` block.
func answer(_ request: String = "GET / HTTP/1.1\nHost: h", server text: String) throws -> String {
  try answer(request, site: try #require(load(server: text).site))
}

private func answer(_ request: String, site: Site) throws -> String {
  EventLoop.keepJobs()
  let loop = try EventLoop(index: 0)
  let serving = ServingLoop(eventLoop: loop, site: site)
  let listener = try #require(site.listeners.first)
  let received = Mutex("")
  let text = ByteString(head(request + "\nConnection: close"))
  loop.submit {
    loop.spawn {
      defer { loop.stop() }
      guard let (near, far) = try? socketPair(on: loop) else { return }
      let waiter = Waiter(on: loop)
      far.observer = waiter
      serving.adopt(near, from: listener)
      let bytes = ByteBuffer(capacity: 4096)
      bytes.append(text)
      do {
        try await far.writeAll(bytes, waiter: waiter, timeout: 5_000)
        while try await far.readSome(into: bytes, waiter: waiter, timeout: 5_000) > 0 {}
      } catch {
        Issue.record(error)
      }
      received.withLock { $0 = bytes.allBytes.string }
      far.close()
    }
  }
  loop.run()
  return received.withLock { $0 }
}

/// The status and the body of a response.
func outcome(_ response: String) -> String {
  let parts = ByteString(response).string.split(separator: "\r\n\r\n", maxSplits: 1)
  let status = parts.first?.split(separator: " ").dropFirst().first ?? "none"
  return parts.count > 1 ? "\(status) \(parts[1])" : "\(status)"
}

private func head(_ request: String) -> String {
  request.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    + "\r\n\r\n"
}

private func socketPair(on loop: EventLoop) throws -> (ByteStream, ByteStream) {
  var pair: [CInt] = [0, 0]
  #expect(linux_stream_pair(&pair) == 0)
  return (
    ByteStream(try Socket(adopting: pair[0], on: loop)),
    ByteStream(try Socket(adopting: pair[1], on: loop))
  )
}

/// Runs a body as a task of a new loop until the body is done.
func onLoop(_ body: @escaping @Sendable (EventLoop) async throws -> Void) throws {
  EventLoop.keepJobs()
  let loop = try EventLoop(index: 0)
  let problem = Mutex<(any Error)?>(nil)
  loop.submit {
    loop.spawn {
      do { try await body(loop) } catch { problem.withLock { $0 = error } }
      loop.stop()
    }
  }
  loop.run()
  if let problem = problem.withLock({ $0 }) { throw problem }
}
