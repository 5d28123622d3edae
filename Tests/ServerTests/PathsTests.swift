import Engine
import Testing

@testable import Server

struct PathsTests {
  private func paths(_ words: String...) throws -> Paths { Paths(try Invocation(words: words)) }

  @Test func `without words everything is below the standard prefix`() throws {
    let paths = try paths()
    #expect(paths.prefix == "/usr/local/apus/")
    #expect(paths.configurationFile == "/usr/local/apus/conf/nginx.conf")
    #expect(paths.configurationFolder == "/usr/local/apus/conf/")
    #expect(paths.errorLog == "/usr/local/apus/logs/error.log")
  }

  @Test(arguments: ["/srv", "/srv/"])
  func `a prefix gets its slash`(prefix: String) throws {
    let paths = try paths("-p", prefix, "-c", "a.conf", "-e", "e.log")
    #expect(paths.prefix == "/srv/")
    #expect(paths.configurationFile == "/srv/a.conf")
    #expect(paths.configurationFolder == "/srv/")
    #expect(paths.errorLog == "/srv/e.log")
  }

  @Test func `full paths ignore the prefix`() throws {
    let paths = try paths("-p", "/srv", "-c", "/etc/x/a.conf", "-e", "/tmp/e.log")
    #expect(paths.configurationFolder == "/etc/x/")
    #expect(paths.errorLog == "/tmp/e.log")
    #expect(paths.loadOptions.prefix == "/srv/")
    #expect(paths.loadOptions.configurationFolder == "/etc/x/")
  }

  @Test func `the word stderr is no path`() throws {
    let paths = try paths("-e", "stderr")
    #expect(paths.errorLog == nil)
    #expect(paths.loadOptions.errorLog == "stderr")
  }
}
