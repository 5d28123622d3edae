import Bytes
import Testing

@testable import Engine

@Suite struct RealIPTests {
  private func address(_ fields: String, _ directives: String) throws -> String {
    outcome(
      try answer(
        "GET / HTTP/1.1\nHost: h" + fields,
        server: directives + " location / { try_files /none =404; }"
          + "error_page 404 = @x; location @x { return 200 '$remote_addr'; }"))
  }

  @Test(arguments: [
    ("\nX-Real-IP: 192.0.2.1", "set_real_ip_from unix:;", "200 192.0.2.1"),
    ("\nX-Real-IP: 192.0.2.1:99", "set_real_ip_from unix:;", "200 192.0.2.1"),
    ("\nX-Real-IP: 192.0.2.1", "set_real_ip_from 10.0.0.0/8;", "200 unix:"),
    ("\nX-Real-IP: nonsense", "set_real_ip_from unix:;", "200 unix:"),
    (
      "\nX-Forwarded-For: 1.1.1.1, 2.2.2.2",
      "set_real_ip_from unix:; real_ip_header X-Forwarded-For;", "200 2.2.2.2"
    ),
    (
      "\nX-Forwarded-For: 1.1.1.1, 2.2.2.2",
      "set_real_ip_from unix:; set_real_ip_from 2.0.0.0/8; real_ip_recursive on; "
        + "real_ip_header X-Forwarded-For;", "200 1.1.1.1"
    ),
  ])
  func `a trusted proxy names the client`(
    fields: String, directives: String, address expected: String
  ) throws {
    #expect(try address(fields, directives) == expected)
  }
}
