import Bytes
import Testing

@testable import Engine

@Suite struct ForeignDirectivesTests {
  @Test(arguments: [
    ("brotli", "the third-party module ngx_brotli"),
    ("brotli_static", "the third-party module ngx_brotli"),
    ("more_set_headers", "the third-party module headers-more-nginx-module"),
    ("content_by_lua_block", "the third-party module lua-nginx-module (OpenResty)"),
    ("auth_jwt", "ngx_http_auth_jwt_module of the commercial NGINX Plus"),
    ("auth_jwt_key_file", "ngx_http_auth_jwt_module of the commercial NGINX Plus"),
    ("js_content", "njs, a module of nginx's that is loaded besides"),
  ])
  func `a directive of another module is told whose it is`(name: String, module: String) {
    #expect(
      ForeignDirectives.advice(on: ByteString(name))
        == "it belongs to \(module), which apus does not have")
  }

  @Test func `no directive of nginx's own is foreign`() {
    let known = KnownDirectives.names.union(
      Modules.all.flatMap(\.directives).map { ByteString($0.name) })
    #expect(known.filter { ForeignDirectives.advice(on: $0) != nil } == [])
    #expect(ForeignDirectives.advice(on: "echoes") == nil)
  }
}
