import Foundation

/// A client that sends raw bytes and reads responses, each wait limited.
final class Client {
  let socket: RawSocket
  private var reader = MessageReader()
  private(set) var isAtEnd = false

  /// How long one read may take before the test gives up on it.
  static let patience = 10.0

  init(port: Int) throws { socket = try RawSocket.connect(to: port) }

  /// The other end of a connection, where a test is the server.
  init(adopting socket: RawSocket) { self.socket = socket }

  func send(_ text: String) { socket.send(Array(text.utf8)) }

  /// - Returns: false where the peer does not take them.
  func send(_ bytes: [UInt8]) -> Bool { socket.send(bytes) }

  /// Reads one response, interim ones included as such.
  ///
  /// - Returns: nil when the connection ends, or falls silent, before a whole head has come.
  func readResponse(toHead isHead: Bool = false) -> Message? {
    while true {
      if var message = reader.takeHead() {
        let framing = message.responseFraming(toHead: isHead)
        message.isComplete = readContent(framing, into: &message.content)
        return message
      }
      guard readMore() else { return nil }
    }
  }

  /// Reads whatever comes until the given count of bytes, the end, or silence.
  func readBytes(_ count: Int) -> [UInt8] {
    while reader.bytes.count < count, readMore() {}
    return reader.takeContent(.length(min(count, reader.bytes.count))) ?? []
  }

  /// Reads until the connection ends.
  func readToEnd() -> [UInt8] {
    while readMore() {}
    return reader.takeAll()
  }

  private func readContent(_ framing: MessageReader.Framing, into content: inout [UInt8]) -> Bool {
    while true {
      if let all = reader.takeContent(framing) {
        content = all
        return true
      }
      if !readMore() {
        content = reader.takeAll()
        return framing == .untilClose && isAtEnd
      }
    }
  }

  private func readMore() -> Bool {
    guard !isAtEnd else { return false }
    switch socket.receive(within: Client.patience) {
    case .bytes(let bytes):
      reader.append(bytes)
      return true
    case .endOfStream, .reset:
      isAtEnd = true
      return false
    case .timedOut: return false
    }
  }
}
