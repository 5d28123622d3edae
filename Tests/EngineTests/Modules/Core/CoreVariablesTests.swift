import Bytes
import Testing

@testable import Engine

@Suite struct CoreVariablesTests {
  private let request = """
    GET /a%20b/c.txt?x=1&Y=2&x=3 HTTP/1.1
    Host: Me:81
    User-Agent: curl
    Cookie: sid=7
    Authorization: Basic dXNlcjpwYXNz
    """

  @Test(arguments: [
    ("$uri", "/a b/c.txt"), ("$document_uri", "/a b/c.txt"),
    ("$request_uri", "/a%20b/c.txt?x=1&Y=2&x=3"), ("$args", "x=1&Y=2&x=3"),
    ("$query_string", "x=1&Y=2&x=3"), ("$is_args", "?"), ("$arg_x", "1"), ("$arg_y", "2"),
    ("$arg_z", ""), ("$host", "me"), ("$http_host", "Me:81"), ("$http_user_agent", "curl"),
    ("$http_x_none", ""), ("$cookie_sid", "7"), ("$request_method", "GET"), ("$scheme", "http"),
    ("$server_protocol", "HTTP/1.1"), ("$server_name", "first"), ("$remote_user", "user"),
    ("$request", "GET /a%20b/c.txt?x=1&Y=2&x=3 HTTP/1.1"), ("$document_root", "/prefix/html"),
    ("$request_filename", "/prefix/html/a b/c.txt"), ("$content_length", ""), ("$status", "200"),
    ("$request_completion", ""), ("$connection_requests", "1"), ("$https", ""), ("$pipe", "."),
  ])
  func `a variable has the documented value`(name: String, value: String) throws {
    let server = "server_name first second; return 200 '\(name)';"
    #expect(try outcome(answer(request, server: server)) == ("200 " + value).trimmed)
  }
}

extension String {
  /// The text without the space that an empty body leaves behind the status.
  fileprivate var trimmed: String { hasSuffix("200 ") ? "200" : self }
}
