import Bytes
import Config

/// `-t` and `-T`: says whether a configuration can be used; nothing is opened for writing or bound.
enum ConfigurationTest {
  static func run(
    _ configuration: LoadedConfiguration, _ invocation: Invocation,
    _ source: ConfigurationSource, _ log: ProgramLog
  ) -> CInt {
    configuration.report(to: log)
    guard configuration.outline != nil else {
      log.say("configuration file \(source.mainFile) test failed")
      return 1
    }
    if !invocation.isQuiet {
      log.say("the configuration file \(source.mainFile) syntax is ok")
      log.say("configuration file \(source.mainFile) test is successful")
    }
    if invocation.dumpsConfiguration { dump(configuration.parsed.files) }
    return 0
  }

  private static func dump(_ files: [SourceFile]) {
    for file in files {
      StandardStream.output.write("# configuration file \(file.path):\n")
      StandardStream.output.write(file.bytes)
      StandardStream.output.write("\n")
    }
  }
}
