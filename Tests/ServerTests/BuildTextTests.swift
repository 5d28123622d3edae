import Testing

@testable import Server

struct BuildTextTests {
  private var arguments: [Substring] {
    let line = BuildText.text.split(separator: "\n").first { $0.hasPrefix("configure arg") }
    return line?.split(separator: " ") ?? []
  }

  @Test func `the TLS library is named`() {
    #expect(BuildText.text.hasPrefix("built with OpenSSL "))
    #expect(BuildText.text.contains("TLS SNI support enabled\n"))
  }

  @Test(arguments: ["ssl"])
  func `an optional module that is here counts as built in`(module: String) {
    #expect(arguments.contains("--with-http_\(module)_module"))
  }

  @Test(arguments: ["proxy", "fastcgi", "rewrite", "map", "access", "upstream_hash"])
  func `a standard module that is here goes without saying`(module: String) {
    #expect(!arguments.contains("--without-http_\(module)_module"))
  }

  @Test(arguments: ["memcached", "uwsgi"])
  func `a standard module that is not here is said to be left out`(module: String) {
    #expect(arguments.contains("--without-http_\(module)_module"))
  }

  @Test func `the cache goes without saying`() {
    #expect(!arguments.contains("--without-http-cache"))
  }
}
