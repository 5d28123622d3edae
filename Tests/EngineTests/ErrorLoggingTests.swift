import Bytes
import Foundation
import Testing

@testable import Engine

@Suite struct ErrorLoggingTests {
  /// The lines that an exchange writes, without time and process.
  private func lines(_ level: String, _ body: (Exchange) -> Void) throws -> [String] {
    let path = NSTemporaryDirectory() + "apus-\(UUID().uuidString).log"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let request = "GET /a?b HTTP/1.1\nHost: h\nReferer: r"
    let server = "server_name me; error_log \(path) \(level);"
    try withExchange(request, server: server) { exchange in
      for target in exchange.site.logFiles where target.path == path { #expect(target.open() == 0) }
      body(exchange)
    }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return text.split(separator: "\n").map { line in
      String(line.drop { $0 != "[" }).replacing(#/\d+#\d+: \*\d+ /#, with: "")
    }
  }

  @Test func `a line names client, server, request and host as in nginx`() throws {
    let lines = try lines("error") { exchange in
      exchange.logError(.error, "sentence", upstream: "http://u/")
    }
    let rest = #"server: me, request: "GET /a?b HTTP/1.1", upstream: "http://u/", host: "h""#
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("[error] sentence, client: ") == true)
    #expect(lines.first?.hasSuffix(rest + #", referrer: "r""#) == true, "\(lines)")
  }

  @Test(arguments: [("warn", 2), ("error", 1), ("info", 3), ("crit", 0)])
  func `less severe lines are left out`(level: String, count: Int) throws {
    let lines = try lines(level) { exchange in
      for level in [LogLevel.info, .warn, .error] { exchange.logError(level, "x") }
    }
    #expect(lines.count == count)
  }
}
