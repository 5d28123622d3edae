import Foundation
import Testing

/// Configurations that programs write have tens of thousands of statements of one kind.
@Suite struct ManyStatementsTests {
  /// Statements by their number, and what stands around them.
  private static let kinds: [(name: String, around: String, statement: @Sendable (Int) -> String)] =
    [
      ("prefixes", "server { % }", { "location /p\($0)/ { return 200; }\n" }),
      ("paths", "server { % }", { "location = /p\($0) { return 200; }\n" }),
      (
        "addresses to pass to", "server { % }",
        {
          "location /p\($0)/ { proxy_pass http://127.0.0.1; }\n"
        }
      ),
      ("logs", "server { % }", { "location /p\($0)/ { access_log logs/\($0); }\n" }),
      (
        "locations with variables of their own", "server { % }",
        {
          """
          location /p\($0)/ { add_header X $arg_v\($0); proxy_set_header X $arg_w\($0);
            proxy_pass http://127.0.0.1; }

          """
        }
      ),
      ("fields", "%", { "add_header X-\($0) a;\n" }),
      ("hidden fields", "%", { "proxy_hide_header X-\($0);\n" }),
      ("pages of errors", "%", { "error_page 404 /\($0);\n" }),
      ("texts", "%", { "sub_filter a\($0)b c;\n" }),
      ("referers", "server { % }", { "valid_referers a\($0).example.org;\n" }),
      ("rules", "%", { "deny 10.\($0 >> 8 & 255).\($0 & 255).1;\n" }),
      ("listens", "server { % }", { "listen 127.\($0 >> 16).\($0 >> 8 & 255).\($0 & 255):80;\n" }),
      ("servers", "%", { "server { server_name a\($0).example.org; }\n" }),
      ("groups", "%", { "upstream u\($0) { server 127.0.0.1; }\n" }),
      ("entries of a map", "map $uri $a { % }", { "/p\($0) \($0);\n" }),
      ("entries of geo", "geo $a { % }", { "10.\($0 >> 8 & 255).\($0 & 255).0/24 \($0);\n" }),
      ("mistakes", "server { % }", { "retrun \($0);\n" }),
    ]

  @Test(arguments: kinds.map(\.name))
  func `-t takes four times as long for four times as much`(name: String) throws {
    let kind = try #require(Self.kinds.first { $0.name == name })
    let prefix = try TemporaryFolder()
    let spans = try [8_000, 32_000].map { count in
      let statements = (0..<count).map(kind.statement).joined()
      let text = "events { }\nhttp {\n\(kind.around.replacing("%", with: statements))\n}\n"
      try prefix.write(text, to: "nginx.conf")
      return try processorTime(in: prefix)
    }
    // What grows with the square takes sixteen times as long.
    #expect(spans[1] < spans[0] * 9 + 0.1, "\(spans)")
  }

  /// The seconds that `-t` computes, the better of two runs.
  private func processorTime(in prefix: TemporaryFolder) throws -> Double {
    let script = """
      TIMEFORMAT=%U
      time "\(Binaries.subject)" -tq -p "\(prefix.path)/" -c nginx.conf >/dev/null 2>&1
      """
    let spans = try (0..<2).map { _ in
      try #require(
        Double(
          run(["/bin/bash", "-c", script]).output.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
    return min(spans[0], spans[1])
  }
}
