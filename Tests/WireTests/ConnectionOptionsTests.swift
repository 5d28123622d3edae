import Bytes
import Testing

@testable import Wire

@Suite struct ConnectionOptionsTests {
  private func fields(_ text: String) throws -> Fields {
    let buffer = ByteBuffer(capacity: 64)
    buffer.append(ByteString("GET / HTTP/1.1\r\n\(text)\r\n"))
    var parser = RequestHeadParser()
    return try #require(try parser.parse(Fields(buffer: buffer))).fields
  }

  @Test(arguments: [
    ("", true, false), ("Connection: close\r\n", false, false),
    ("Connection: Keep-Alive\r\n", true, true), ("Connection: ,x,\tCLOSE\r\n", false, false),
    ("Connection: keep-alive\r\nConnection: close\r\n", false, false),
  ])
  func `connections persist as the version says`(
    text: String, in11: Bool, in10: Bool
  ) throws {
    let options = ConnectionOptions(of: try fields(text))
    #expect(options.persists(in: .http11) == in11)
    #expect(options.persists(in: .http10) == in10)
  }

  @Test func `nominated fields are removed, but not those that all need`() throws {
    let fields = try fields(
      "Connection: X-A, host, content-length, upgrade\r\nHost: h\r\nX-A: 1\r\nContent-Length: 2\r\n"
    )
    let options = ConnectionOptions(of: fields)
    options.removeNominated(from: fields)
    #expect(options.hasUpgrade && !fields.contains(FieldName("x-a")))
    #expect(fields.contains(.host) && fields.contains(.contentLength))
  }

  @Test(arguments: [(64, false), (65, true)])
  func `more than 64 nominated names are too many`(count: Int, isTooMany: Bool) throws {
    let names = (0..<count).map { "x\($0)" }.joined(separator: ",")
    let options = ConnectionOptions(of: try fields("Connection: close,\(names),upgrade\r\n"))
    #expect(options.hasTooMany == isTooMany)
    #expect(options.nominated.count == 64 && options.hasClose && options.hasUpgrade)
  }

  @Test(arguments: [
    ("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n", true, true),
    ("Connection: Upgrade\r\nUpgrade: h2c\r\n", true, false),
    ("Connection: close\r\nUpgrade: websocket\r\n", false, false),
    ("Connection: upgrade\r\n", false, false),
  ])
  func `upgrades are recognized`(text: String, isUpgrade: Bool, isOpening: Bool) throws {
    let fields = try fields(text)
    #expect(WebSocketHandshake.isUpgrade(fields, version: .http11) == isUpgrade)
    #expect(!WebSocketHandshake.isUpgrade(fields, version: .http10))
    #expect(
      WebSocketHandshake.isOpening(fields, method: .get, version: .http11) == isOpening)
  }

  @Test func `media types are taken apart`() {
    #expect(MediaType.essence(of: "Text/HTML ; charset=x") == "text/html")
    #expect(MediaType.charset(of: "text/html; Charset=\"utf-8\"") == "utf-8")
    #expect(MediaType.charset(of: "text/html") == nil)
  }
}
