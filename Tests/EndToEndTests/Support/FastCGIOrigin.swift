import Foundation

/// A FastCGI responder in this process that answers with the parameters and the content it got.
///
/// A script replaces the answer where a test needs other output (FastCGI 1.0, section 6.2).
final class FastCGIOrigin: @unchecked Sendable {
  let port: Int
  private let listener: RawSocket
  private let lock = NSLock()
  private var script: [String] = []

  init() throws {
    port = try FreePorts.take()
    listener = try RawSocket.listen(on: port)
    Thread.detachNewThread { [listener, weak self] in
      while let socket = listener.accept(within: 3600) {
        Thread.detachNewThread { [weak self] in
          FastCGIOrigin.serve(socket) { self?.nextOutput() }
        }
      }
    }
  }

  deinit { listener.shutdownBoth() }

  /// The CGI outputs of the next requests, in order; afterwards parameters are listed again.
  func play(_ outputs: [String]) { lock.withLock { script = outputs } }

  private func nextOutput() -> String? {
    lock.withLock { script.isEmpty ? nil : script.removeFirst() }
  }

  private struct Request {
    var identifier: UInt16 = 0
    var keepsConnection = false
    var parameters: [UInt8] = []
    var content: [UInt8] = []
  }

  private static func serve(_ socket: RawSocket, output: () -> String?) {
    var bytes: [UInt8] = []
    var request = Request()
    while case .bytes(let more) = socket.receive(within: 600) {
      bytes += more
      while let record = takeRecord(&bytes) {
        if record.type == 1 {
          request = Request(
            identifier: record.identifier, keepsConnection: record.content[2] & 1 == 1)
        } else if record.type == 4 {
          request.parameters += record.content
        } else if record.type == 5, record.content.isEmpty {
          answer(request, output(), on: socket)
          if !request.keepsConnection { return socket.close() }
        } else if record.type == 5 {
          request.content += record.content
        }
      }
    }
  }

  private static func takeRecord(
    _ bytes: inout [UInt8]
  ) -> (type: UInt8, identifier: UInt16, content: [UInt8])? {
    guard bytes.count >= 8 else { return nil }
    let length = Int(bytes[4]) << 8 | Int(bytes[5])
    let total = 8 + length + Int(bytes[6])
    guard bytes.count >= total else { return nil }
    defer { bytes.removeFirst(total) }
    let identifier = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    return (bytes[1], identifier, Array(bytes[8..<8 + length]))
  }

  private static func answer(_ request: Request, _ output: String?, on socket: RawSocket) {
    let listed = pairs(request.parameters).map { "\($0.0)=\($0.1)\n" }.sorted().joined()
    let text = listed + "content=" + String(decoding: request.content, as: UTF8.self)
    let output = output ?? "Content-Type: text/plain\r\n\r\n" + text
    var bytes: [UInt8] = []
    var rest = Array(output.utf8)[...]
    while !rest.isEmpty {
      bytes += record(6, request.identifier, Array(rest.prefix(60_000)))
      rest = rest.dropFirst(60_000)
    }
    bytes += record(6, request.identifier, [])
    bytes += record(3, request.identifier, [UInt8](repeating: 0, count: 8))
    socket.send(bytes)
  }

  private static func record(_ type: UInt8, _ identifier: UInt16, _ content: [UInt8]) -> [UInt8] {
    let length = content.count
    let high = [UInt8(identifier >> 8), UInt8(identifier & 255)]
    return [1, type] + high + [UInt8(length >> 8), UInt8(length & 255), 0, 0] + content
  }

  /// The name-value pairs of a parameter stream (FastCGI 1.0, section 3.4).
  private static func pairs(_ bytes: [UInt8]) -> [(String, String)] {
    var place = 0
    var found: [(String, String)] = []
    func length() -> Int {
      if bytes[place] < 128 {
        place += 1
        return Int(bytes[place - 1])
      }
      defer { place += 4 }
      let tail = bytes[place + 1..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      return Int(bytes[place] & 127) << 24 | tail
    }
    while place + 1 < bytes.count {
      let nameLength = length()
      let valueLength = length()
      let name = String(decoding: bytes[place..<place + nameLength], as: UTF8.self)
      place += nameLength
      found.append((name, String(decoding: bytes[place..<place + valueLength], as: UTF8.self)))
      place += valueLength
    }
    return found
  }
}
