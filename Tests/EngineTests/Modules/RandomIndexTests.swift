import Testing

@testable import Engine

@Suite struct RandomIndexTests {
  @Test func `any of the files may answer`() throws {
    try withFolder { folder in
      let reply = try answer(server: "root \(folder); location / { random_index on; }")
      #expect(outcome(reply) == "200 abc")
    }
  }
}
