import Foundation
import Testing

/// The files of examples-conf, checked by nginx and by the program under test.
@Suite struct ExampleConfigurationTests {
  private static let names = [
    "websocket-on-443", "php", "tomcat", "load-balancing", "cross-origin", "nginx",
  ]

  @Test(.enabled(if: Binaries.oracle != nil), arguments: names)
  func `an example passes -t in nginx and here`(name: String) throws {
    let prefix = try TemporaryFolder()
    try Certificate.make(in: prefix)
    try prefix.write("types { text/html html; }\n", to: "mime.types")
    try prefix.write("fastcgi_param QUERY_STRING $query_string;\n", to: "fastcgi_params")
    let path = "\(Binaries.packageFolder)/examples-conf/\(name).conf"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let whole = name == "nginx" ? text : "events { }\nhttp {\n\(text)\n}\n"
    try prefix.write(whole, to: "nginx.conf")
    for binary in [try #require(Binaries.oracle), Binaries.subject] {
      let result = try run([binary, "-t", "-p", "\(prefix.path)/", "-c", "nginx.conf"])
      #expect(result.code == 0, "\(result.output)")
      #expect(result.output.contains("test is successful"))
    }
  }
}
