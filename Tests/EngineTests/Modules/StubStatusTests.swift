import Bytes
import Testing

@testable import Engine

@Suite(.serialized) struct StubStatusTests {
  @Test func `the answer has nginx's form`() throws {
    let reply = try answer(server: "location / { stub_status; }")
    #expect(reply.contains("Active connections: "))
    #expect(reply.contains("\nserver accepts handled requests\n "))
    #expect(reply.contains("Content-Type: text/plain"))
  }
}
