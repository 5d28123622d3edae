import Bytes
import Testing

@testable import Wire

@Suite struct WebSocketHandshakeTests {
  @Test(arguments: [
    ("Upgrade: websocket\r\nConnection: Upgrade\r\n", true, true),
    ("Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n", true, true),
    ("Upgrade: h2c, websocket\r\nConnection: close\r\nConnection: upgrade\r\n", true, true),
    ("Upgrade: h2c\r\nConnection: Upgrade\r\n", true, false),
    ("Upgrade: websocket2\r\nConnection: Upgrade\r\n", true, false),
    ("Upgrade: websocket\r\n", false, false),
    ("Upgrade: websocket\r\nConnection: upgrades\r\n", false, false),
    ("Connection: Upgrade\r\n", false, false),
  ])
  func `Connection must nominate Upgrade, and Upgrade name the protocol`(
    lines: String, isUpgrade: Bool, isOpening: Bool
  ) throws {
    let fields = try #require(try fields(lines))
    #expect(WebSocketHandshake.isUpgrade(fields, version: .http11) == isUpgrade)
    #expect(
      WebSocketHandshake.isOpening(fields, method: .get, version: .http11) == isOpening)
    #expect(!WebSocketHandshake.isOpening(fields, method: .post, version: .http11))
    #expect(!WebSocketHandshake.isUpgrade(fields, version: .http10))
  }
}
