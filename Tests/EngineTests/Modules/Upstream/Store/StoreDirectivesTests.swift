import Bytes
import Testing

@testable import Engine

@Suite struct StoreDirectivesTests {
  @Test(
    arguments: [
      ("", 0o600), ("proxy_store_access group:rw all:r;", 0o664),
      ("proxy_store_access all:r;", 0o604),
    ] as [(String, UInt32)])
  func `permissions are read`(text: String, access: UInt32) throws {
    let settings = try #require(load(server: text).serverSettings)
    #expect(settings.proxy.upstream.store.access == access)
  }

  @Test(arguments: [
    ("proxy_store '';", "empty path"),
    ("proxy_store_access group:x;", #"invalid value "group:x""#),
    (
      "proxy_cache $arg_a; proxy_store on;",
      #""proxy_store" directive is incompatible with "proxy_cache""#
    ),
    (
      "fastcgi_store on; fastcgi_cache $arg_a;",
      #""fastcgi_cache" directive is incompatible with "fastcgi_store""#
    ),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(server: text).messages.first == message)
  }
}
