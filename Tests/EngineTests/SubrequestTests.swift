import Bytes
import Sockets
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

  @Test func `a request waits for those beside the ones beside it`() throws {
    nonisolated(unsafe) var order: [String] = []
    try withExchange(server: "") { exchange in
      let loop = exchange.loop
      loop.submit {
        exchange.startCopy { copy in
          copy.startCopy { inner in
            for _ in 0..<3 { await inner.waiter.yieldToOthers() }
            order.append("inner")
          }
        } ended: { _ in
          order.append("copy")
        }
        loop.spawn {
          await exchange.finishBackgroundRequests()
          order.append("client")
          loop.stop()
        }
      }
      loop.run()
    }
    #expect(order == ["copy", "inner", "client"])
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
