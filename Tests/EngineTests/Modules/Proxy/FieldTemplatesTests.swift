import Bytes
import Testing
import Wire

@testable import Engine

@Suite struct FieldTemplatesTests {
  @Test func `fields are written in order, and those without a value are left out`() throws {
    let server = """
      location / { proxy_set_header A "x${host}y"; proxy_set_header B $arg_none;
      proxy_set_header Content-Length 7; proxy_set_header C $uri$uri; proxy_pass http://127.0.0.1; }
      """
    try withExchange(server: server) { exchange in
      let location = try #require(exchange.server.locations.location(for: exchange))
      let fields = FieldTemplates(location.settings.proxy.requestFields)
      let output = ByteBuffer(capacity: 16)
      let announced = fields.append(for: exchange, to: output)
      #expect(output.allBytes == "\r\nA: xhy\r\nContent-Length: 7\r\nC: //")
      #expect(announced.byteCount == 7)
      #expect(!announced.hasCoding)
    }
  }
}
