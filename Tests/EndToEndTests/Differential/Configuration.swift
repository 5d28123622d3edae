import Foundation
import Testing

/// A configuration, the files beside it, and the requests sent to it.
///
/// In its text and files `{port}`, `{origin}`, `{origin2}`, `{fastcgi}` and `{dead}` stand for
/// ports; nobody listens on the last.
struct Configuration: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String
  var files: [String: String] = [:]
  let cases: [RequestCase]

  var testDescription: String { name }
}

extension Configuration {
  /// Wraps directives of the `http` level.
  static func http(
    _ name: String, files: [String: String] = [:], _ text: String, cases: [RequestCase]
  ) -> Self {
    let types = "types { text/html html; text/plain txt; image/png png; }"
    let whole = """
      http {
      \(types)
      access_log off;
      client_header_timeout 5s;
      client_body_timeout 5s;
      \(text)
      }

      """
    return Self(name: name, text: whole, files: files, cases: cases)
  }

  /// Wraps directives of one `server`.
  static func server(
    _ name: String, files: [String: String] = [:], _ text: String, cases: [RequestCase]
  ) -> Self {
    http(
      name, files: files,
      "server {\nlisten 127.0.0.1:{port};\nserver_name localhost;\n\(text)\n}", cases: cases)
  }
}
