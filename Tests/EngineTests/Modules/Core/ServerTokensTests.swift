import Testing

@testable import Engine

@Suite struct ServerTokensTests {
  @Test(arguments: [
    ("", "apus/0.1.0"), ("server_tokens on;", "apus/0.1.0"), ("server_tokens build;", "apus/0.1.0"),
    ("server_tokens off;", "apus"),
  ])
  func `the field and the page name the program as they are told to`(
    directive: String, name: String
  ) throws {
    let response = try answer(server: directive + " return 404;")
    #expect(response.contains("\r\nServer: \(name)\r\n"))
    #expect(response.contains("<hr><center>\(name)</center>\r\n"))
  }

  @Test func `another word is refused`() {
    #expect(load(server: "server_tokens shop;").messages == ["invalid value \"shop\""])
  }
}
