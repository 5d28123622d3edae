import Bytes
import Testing

@testable import Engine

@Suite struct ServerNameTests {
  private let servers = #"""
    server { return 200 default; }
    server { server_name a.example.com; return 200 exact; }
    server { server_name *.example.com; return 200 leading; }
    server { server_name *.deep.example.com; return 200 longer; }
    server { server_name mail.*; return 200 trailing; }
    server { server_name .both.org; return 200 both; }
    server { server_name ~^(?<user>.+)\.user\.net$; return 200 "user $user"; }
    server { server_name ~net$; return 200 later; }
    """#

  @Test(arguments: [
    ("a.example.com", "exact"), ("A.EXAMPLE.COM", "exact"), ("a.example.com:81", "exact"),
    ("a.example.com.", "exact"), ("b.example.com", "leading"), ("b.c.example.com", "leading"),
    ("x.deep.example.com", "longer"), ("example.com", "default"), ("mail.example.com", "leading"),
    ("mail.x", "trailing"), ("mail.x.y", "trailing"), ("both.org", "both"), ("w.both.org", "both"),
    ("me.user.net", "user me"), ("other.net", "later"), ("unknown", "default"),
  ])
  func `the documented order of names holds`(host: String, expected: String) throws {
    let response = try answer("GET / HTTP/1.1\nHost: \(host)", http: servers)
    #expect(outcome(response) == "200 \(expected)")
  }
}
