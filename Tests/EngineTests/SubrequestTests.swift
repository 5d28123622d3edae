import Bytes
import Testing

@testable import Engine

@Suite struct SubrequestTests {
  @Test func `requests that make requests in a circle come to an end`() throws {
    let server = """
      location / { auth_request /again; try_files /none =204; }
      location /again { mirror /again; return 401; }
      """
    #expect(try answer(server: server).hasPrefix("HTTP/1.1 401"))
  }

  @Test func `output is collected only where somebody wants it`() {
    let bytes = ByteBuffer(capacity: 8)
    bytes.append("text" as ByteString)
    let (keeping, forgetting) = (
      OutputCollector(keepsOutput: true), OutputCollector(keepsOutput: false)
    )
    #expect(keeping.take(bytes))
    #expect(forgetting.take(bytes))
    #expect(keeping.buffer?.allBytes == "text")
    #expect(forgetting.buffer == nil)
  }
}
