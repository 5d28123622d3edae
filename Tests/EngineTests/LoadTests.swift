import Bytes
import Testing

@testable import Engine

@Suite struct LoadTests {
  @Test func `all mistakes are reported in one go`() {
    let messages = load(server: "nonsense; root; location / { more; } return x;").messages
    #expect(messages.count == 4, "\(messages)")
  }

  @Test func `a directive below a block is inherited by the block`() throws {
    let response = try answer(
      server: "location / { return 404; } error_page 404 =200 /p; location /p { return 200 p; }")
    #expect(outcome(response) == "200 p")
  }
}
