import Bytes
import Testing

@testable import Engine

@Suite struct FastCGIParametersTests {
  /// The pairs as `NAME=value`; all lengths of these tests fit into one byte.
  private func pairs(_ request: String, _ directives: String) throws -> [String] {
    try withExchange(request, server: directives) { exchange in
      let output = ByteBuffer(capacity: 64)
      FastCGIParameters(exchange.settings.fastCGI.value).append(for: exchange, to: output)
      var pairs: [String] = []
      while !output.isEmpty {
        let (name, value) = (Int(output[0]), Int(output[1]))
        output.consume(2)
        let text = output.bytes(in: 0..<name + value)
        pairs.append("\(text[0..<name])=\(text.dropFirst(name))")
        output.consume(name + value)
      }
      return pairs
    }
  }

  @Test(
    arguments: [
      ("fastcgi_param A b;", "", ["A=b", "HTTP_HOST=h"]),
      ("fastcgi_param A $uri; fastcgi_param B '';", "", ["A=/x", "B=", "HTTP_HOST=h"]),
      (
        "fastcgi_param A b; fastcgi_param C d; fastcgi_param E <$uri$uri>; fastcgi_param F g;", "",
        ["A=b", "C=d", "E=</x/x>", "F=g", "HTTP_HOST=h"]
      ),
      ("fastcgi_param A $http_none if_not_empty;", "", ["HTTP_HOST=h"]),
      ("fastcgi_param A '' if_not_empty;", "", ["HTTP_HOST=h"]),
      ("fastcgi_param HTTP_HOST other;", "", ["HTTP_HOST=other"]),
      ("", "\nX-A_b: 1\nX-C: 2", ["HTTP_HOST=h", "HTTP_X_C=2"]),
      ("", "\nX-C: 2\nx-c: 3", ["HTTP_HOST=h", "HTTP_X_C=2, 3"]),
      ("", "\nAccept: a\naccept: b\nACCEPT: c", ["HTTP_HOST=h", "HTTP_ACCEPT=a, b, c"]),
      ("fastcgi_param HTTP_VIA 9;", "\nVia: 2\nVia: 3", ["HTTP_VIA=9", "HTTP_HOST=h"]),
      ("", "\nCookie: a=1\nCookie: b=2", ["HTTP_HOST=h", "HTTP_COOKIE=a=1; b=2"]),
      ("fastcgi_param HTTP_X_C 9;", "\nX-C: 2", ["HTTP_X_C=9", "HTTP_HOST=h"]),
      ("fastcgi_param HTTP_X_C '';", "\nX-C: 2", ["HTTP_HOST=h"]),
      ("fastcgi_pass_request_headers off;", "\nX-C: 2", ["HTTP_HOST=h"]),
    ] as [(String, String, [String])])
  func `configured parameters come first, then the client's fields`(
    directives: String, fields: String, expected: [String]
  ) throws {
    let request = "GET /x HTTP/1.1\nHost: h" + fields
    #expect(try pairs(request, directives) == expected)
  }

  @Test func `a port that the client wrote stays`() throws {
    #expect(try pairs("GET / HTTP/1.1\nHost: H:81", "") == ["HTTP_HOST=h:81"])
  }

  @Test(
    arguments: [
      ("", "/a.php", "/a.php", ""), ("fastcgi_index i.php;", "/a/", "/a/i.php", ""),
      (#"fastcgi_split_path_info ^(.+\.php)(/.+)$;"#, "/a.php/b", "/a.php", "/b"),
      (#"fastcgi_split_path_info ^(.+\.php)(/.+)$;"#, "/a/b", "/a/b", ""),
    ])
  func `a path is the name of a script and path info`(
    directives: String, path: String, script: String, info: String
  ) throws {
    let server = directives + "return 200 '$fastcgi_script_name|$fastcgi_path_info';"
    let response = try answer("GET \(path) HTTP/1.1\nHost: h", server: server)
    #expect(outcome(response) == "200 \(script)|\(info)")
  }

  @Test(arguments: [
    ("fastcgi_split_path_info ^(.+)$;", #"pattern "^(.+)$" must have 2 captures"#),
    ("fastcgi_param a b c;", #"invalid parameter "c""#),
    ("location / { fastcgi_pass 127.0.0.1:70000; }", "invalid port in upstream"),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    let messages = load(server: text).messages
    #expect(messages.first?.hasPrefix(message) == true, "\(messages)")
  }
}
