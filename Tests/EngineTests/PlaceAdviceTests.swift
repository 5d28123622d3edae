import Bytes
import Config
import Testing

@testable import Engine

@Suite struct PlaceAdviceTests {
  private struct Files: FileReader {
    let content: [String: String]

    func bytes(of path: String) throws(ReadError) -> ByteString {
      guard let text = content[path] else { throw ReadError(call: "open()", code: 2) }
      return ByteString(text)
    }

    func paths(matching pattern: String) throws(ReadError) -> [String] { [] }
  }

  private func notes(_ files: [String: String]) -> [String?] {
    let configuration = ConfigurationFiles.read(
      mainFile: "/main", folder: "/", reader: Files(content: files))
    return Load.site(
      from: configuration, options: LoadOptions(prefix: "/", configurationFolder: "/")
    ).diagnostics.map(\.note)
  }

  private static let servers = "it may stand in server, location: "

  @Test(arguments: [
    ("server { }\nlocation / { }", "move it into server { } of line 1, or write one around it"),
    (
      "server { }\nserver { }\nlocation / { }\nserver { }",
      "move it into server { } of line 2, or write one around it"
    ),
    ("location / { }\nserver { }", "move it into server { } of line 2, or write one around it"),
    ("http { location / { } }", "write server { } around it, or move it into one"),
  ])
  func `the server beside a location is the place for it`(text: String, way: String) {
    #expect(notes(["/main": text]) == [Self.servers + way])
  }

  @Test func `a file may be included elsewhere`() {
    let files = [
      "/main": "include a; include b;", "/a": "location / { }", "/b": "server { listen 80; }",
    ]
    #expect(
      notes(files) == [
        Self.servers + "write server { } around it, or include /a inside of one"
      ])
  }

  @Test func `what stands in locations is further inside`() {
    #expect(
      notes(["/main": "http { proxy_pass http://[::1]; }"]) == [
        "it may stand in location, if in location, limit_except: "
          + "move it there, inside of server { }"
      ])
  }
}
