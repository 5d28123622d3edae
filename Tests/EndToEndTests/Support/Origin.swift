import Foundation

/// An origin server in this process that plays scripted raw responses and records all it received.
///
/// Each request it reads consumes the next reply of the script; when the script is used up, it
/// answers 200 with a short text. It never interprets more of a request than its framing.
final class Origin: @unchecked Sendable {
  /// What the origin does with one request.
  enum Reply: Sendable {
    /// Sends these bytes; then the connection waits for the next request.
    case raw(String)
    /// Sends these bytes in separate writes.
    case parts([String])
    /// Sends these bytes and closes.
    case rawThenClose(String)
    /// Sends these bytes and resets the connection.
    case rawThenReset(String)
    /// Sends these bytes (a 101), then sends back whatever comes, until the end.
    case tunnel(String)
    /// Sends these bytes (a 101), and resets the connection when something comes.
    case tunnelThenReset(String)
    /// Sends nothing until the peer gives up.
    case silence(after: String)
    /// Closes at once, before the request's content is read.
    case closeUnread
    /// Sends this response to the head, before the content is read, and closes.
    case answerUnread(String)
    /// Answers 200 with the request exactly as received, as text.
    case mirror
  }

  let port: Int
  private let listener: RawSocket
  private let condition = NSCondition()
  private var script: [Reply] = []
  private var records: [Message] = []
  private var tunnelled: [UInt8] = []
  private var busyCount = 0
  private var connections: [ObjectIdentifier: RawSocket] = [:]
  private var openedCount = 0

  /// Listens on a port; nil lets the harness choose.
  init(port: Int? = nil) throws {
    let port = try port ?? FreePorts.take()
    self.port = port
    listener = try RawSocket.listen(on: port)
    Thread.detachNewThread { [listener, weak self] in
      while let socket = listener.accept(within: 3600) {
        guard let origin = self else { return }
        origin.open(socket)
        Thread.detachNewThread { [weak origin] in Origin.serve(socket, of: { origin }) }
      }
    }
  }

  deinit {
    listener.shutdownBoth()
    connections.values.forEach { $0.shutdownBoth() }
  }

  /// Starts a new script, and forgets what was received.
  func play(_ script: [Reply]) {
    condition.withLock {
      self.script = script
      records = []
      tunnelled = []
    }
  }

  /// The requests received since ``play(_:)``, once no reply is under way any more.
  func received() -> [Message] {
    condition.withLock {
      let end = Date().addingTimeInterval(5)
      while busyCount > 0, condition.wait(until: end) {}
      return records
    }
  }

  /// What came through a tunnel since ``play(_:)``.
  func receivedThroughTunnel() -> [UInt8] { condition.withLock { tunnelled } }

  private func open(_ socket: RawSocket) {
    condition.withLock {
      openedCount += 1
      connections[ObjectIdentifier(socket)] = socket
    }
  }

  /// How many connections have come since the origin began to listen.
  var connectionCount: Int { condition.withLock { openedCount } }

  private func forget(_ socket: RawSocket) {
    _ = condition.withLock { connections.removeValue(forKey: ObjectIdentifier(socket)) }
  }

  private func begin(_ head: Message) -> Reply {
    condition.withLock {
      busyCount += 1
      records.append(head)
      return script.isEmpty ? .raw(Origin.plain) : script.removeFirst()
    }
  }

  private func complete(_ index: Int, content: [UInt8], isComplete: Bool) {
    condition.withLock {
      guard records.indices.contains(index) else { return }
      records[index].content = content
      records[index].isComplete = isComplete
    }
  }

  private func endReply() {
    condition.withLock {
      busyCount -= 1
      condition.broadcast()
    }
  }

  private func keepTunnelled(_ bytes: [UInt8]) { condition.withLock { tunnelled += bytes } }

  static let plain = response("origin\n")

  /// A response with a length.
  static func response(_ content: String, status: String = "200 OK", _ fields: String...) -> String
  {
    let head = ["HTTP/1.1 \(status)", "Content-Type: text/plain"] + fields
    let length = "Content-Length: \(content.utf8.count)"
    return (head + [length, "", content]).joined(separator: "\r\n")
  }

  private static func serve(_ socket: RawSocket, of origin: () -> Origin?) {
    var reader = MessageReader()
    while let head = nextHead(&reader, from: socket) {
      guard let current = origin() else { break }
      let reply = current.begin(head)
      let index = current.condition.withLock { current.records.count - 1 }
      let goesOn = current.play(reply, to: head, number: index, &reader, on: socket)
      if !goesOn { socket.close() }
      current.endReply()
      if !goesOn { break }
    }
    origin()?.forget(socket)
    socket.close()
  }

  private static func nextHead(_ reader: inout MessageReader, from socket: RawSocket) -> Message? {
    while true {
      if let head = reader.takeHead() { return head }
      guard case .bytes(let bytes) = socket.receive(within: 600) else { return nil }
      reader.append(bytes)
    }
  }

  /// Plays one reply; false when the connection is done with.
  private func play(
    _ reply: Reply, to head: Message, number: Int, _ reader: inout MessageReader,
    on socket: RawSocket
  ) -> Bool {
    if case .closeUnread = reply {
      socket.resetOnClose()
      return false
    }
    if case .answerUnread(let text) = reply {
      socket.send(text.utf8)
      socket.shutdownWrite()
      _ = Origin.content(of: head, &reader, from: socket)
      return false
    }
    let content = Origin.content(of: head, &reader, from: socket)
    complete(number, content: content ?? reader.bytes, isComplete: content != nil)
    guard content != nil else { return false }
    return answer(reply, to: head, content ?? [], &reader, on: socket)
  }

  private func answer(
    _ reply: Reply, to head: Message, _ content: [UInt8], _ reader: inout MessageReader,
    on socket: RawSocket
  ) -> Bool {
    switch reply {
    case .raw(let text): return socket.send(text.utf8)
    case .parts(let parts): return parts.allSatisfy { socket.send($0.utf8) }
    case .rawThenClose(let text):
      socket.send(text.utf8)
      return false
    case .rawThenReset(let text):
      socket.send(text.utf8)
      socket.resetOnClose()
      return false
    case .tunnel(let text):
      socket.send(text.utf8)
      echo(reader.takeAll(), on: socket)
      return false
    case .tunnelThenReset(let text):
      socket.send(text.utf8)
      _ = socket.receive(within: 30)
      socket.resetOnClose()
      return false
    case .silence(let text):
      if !text.isEmpty { socket.send(text.utf8) }
      while case .bytes = socket.receive(within: 30) {}
      return false
    case .mirror:
      let lines = [head.startLine] + head.fields.map { "\($0.name): \($0.value)" }
      let text = lines.joined(separator: "\n") + "\n\n" + String(decoding: content, as: UTF8.self)
      return socket.send(Origin.response(text).utf8)
    case .closeUnread, .answerUnread: return false
    }
  }

  private func echo(_ first: [UInt8], on socket: RawSocket) {
    if !first.isEmpty {
      keepTunnelled(first)
      socket.send(first)
    }
    while case .bytes(let bytes) = socket.receive(within: 30) {
      keepTunnelled(bytes)
      socket.send(bytes)
    }
  }

  private static func content(
    of head: Message, _ reader: inout MessageReader, from socket: RawSocket
  ) -> [UInt8]? {
    while true {
      if let content = reader.takeContent(head.requestFraming) { return content }
      guard case .bytes(let bytes) = socket.receive(within: 30) else { return nil }
      reader.append(bytes)
    }
  }
}
