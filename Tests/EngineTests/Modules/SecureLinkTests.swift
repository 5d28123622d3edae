import Bytes
import Testing

@testable import Engine

@Suite struct SecureLinkTests {
  @Test(arguments: [
    ("/file?p=WRONG", "200 []"), ("/file", "200 []"),
  ])
  func `a wrong proof is no proof`(target: String, expected: String) throws {
    let reply = try answer(
      "GET \(target) HTTP/1.1\nHost: h",
      server: "secure_link $arg_p; secure_link_md5 '$uri secret'; return 200 [$secure_link];")
    #expect(outcome(reply) == expected)
  }

  @Test func `a proof is good until its time`() throws {
    // MD5 of the empty text, RFC 1321: d41d8cd98f00b204e9800998ecf8427e.
    let server =
      "secure_link $arg_p; secure_link_md5 '$none'; set $none ''; return 200 [$secure_link];"
    let proof = "1B2M2Y8AsgTpgAmY7PhCfg"
    for (suffix, value) in [("", "1"), (",1", "0"), (",9999999999", "1"), (",0", "")] {
      let reply = try answer("GET /?p=\(proof)\(suffix) HTTP/1.1\nHost: h", server: server)
      #expect(outcome(reply) == "200 [\(value)]")
    }
  }

  @Test func `the digest is MD5`() {
    #expect(MD5.digest(of: "abc").first == 0x90 && MD5.digest(of: "abc").last == 0x72)
  }
}
