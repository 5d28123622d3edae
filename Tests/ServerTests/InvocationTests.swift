import Testing

@testable import Server

struct InvocationTests {
  private func invocation(_ change: (inout Invocation) -> Void) -> Invocation {
    var invocation = Invocation()
    change(&invocation)
    return invocation
  }

  @Test func `letters may be joined`() throws {
    let expected = invocation {
      $0.testsConfiguration = true
      $0.isQuiet = true
    }
    #expect(try Invocation(words: ["-tq"]) == expected)
    #expect(try Invocation(words: ["-q", "-t"]) == expected)
  }

  @Test func `capital letters do more than small ones`() throws {
    let dump = try Invocation(words: ["-T"])
    #expect(dump.testsConfiguration && dump.dumpsConfiguration)
    let build = try Invocation(words: ["-V"])
    #expect(build.showsVersion && build.showsBuild)
    for word in ["-?", "-h", "--help"] {
      let help = try Invocation(words: [word])
      #expect(help.showsHelp && help.showsVersion)
    }
  }

  @Test(arguments: [["-c", "a.conf"], ["-ca.conf"], ["-tqc", "a.conf"], ["-tca.conf"]])
  func `a value follows at once or as the next word`(words: [String]) throws {
    #expect(try Invocation(words: words).configurationFile == "a.conf")
  }

  @Test func `every value has its letter`() throws {
    let words = ["-p", "p", "-c", "c", "-e", "e", "-g", "daemon off;", "-s", "quit"]
    let expected = invocation {
      $0.prefix = "p"
      $0.configurationFile = "c"
      $0.errorLog = "e"
      $0.globalText = "daemon off;"
      $0.signal = .quit
    }
    #expect(try Invocation(words: words) == expected)
  }

  @Test(
    arguments: [
      (["x"], "invalid option: \"x\""),
      (["-x"], "invalid option: \"x\""),
      (["-tx"], "invalid option: \"x\""),
      (["-c"], "option \"-c\" requires file name"),
      (["-e"], "option \"-e\" requires file name"),
      (["-p"], "option \"-p\" requires directory name"),
      (["-g"], "option \"-g\" requires parameter"),
      (["-s"], "option \"-s\" requires parameter"),
      (["-s", "halt"], "invalid option: \"-s halt\""),
    ])
  func `a word that makes no sense is refused in nginx's words`(
    words: [String], sentence: String
  ) {
    #expect(throws: InvocationError(sentence)) { try Invocation(words: words) }
  }
}
