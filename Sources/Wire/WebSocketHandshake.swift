/// Questions about upgrades and the opening handshake of WebSocket (RFC 6455, section 4).
public enum WebSocketHandshake {
  /// Whether a request asks for another protocol (RFC 9110, section 7.8).
  ///
  /// HTTP/1.0 has no upgrades; `Upgrade` counts only where `Connection` nominates it.
  public static func isUpgrade(_ fields: Fields, version: ProtocolVersion) -> Bool {
    version >= .http11 && fields.contains(.upgrade) && fields.hasToken("upgrade", in: .connection)
  }

  /// Whether a request opens a WebSocket connection.
  public static func isOpening(
    _ fields: Fields, method: Method, version: ProtocolVersion
  ) -> Bool {
    method == .get && isUpgrade(fields, version: version)
      && fields.hasToken("websocket", in: .upgrade)
  }
}
