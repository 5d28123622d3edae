import Bytes
import Testing

@testable import Engine

@Suite struct RequestBodyTests {
  @Test(arguments: [
    ("Content-Length: 0", true), ("Content-Length: 1", false),
    ("Transfer-Encoding: chunked", false),
    ("X: y", true),
  ])
  func `a request without content is complete at once`(field: String, isComplete: Bool) throws {
    try withExchange("POST / HTTP/1.1\nHost: h\n\(field)", server: "") {
      #expect($0.body.isComplete == isComplete)
    }
  }
}
