import CLinux
import Config
import Engine

/// The program, from its command line to its exit code.
package enum CommandLineProgram {
  /// Does what a command line asks for.
  ///
  /// - Parameter arguments: The words, beginning with the name that the program was invoked by.
  /// - Returns: The exit code.
  package static func run(_ arguments: [String]) -> CInt {
    linux_open_missing_descriptors()
    let log = ProgramLog(program: name(of: arguments.first ?? "apus"))
    do throws(InvocationError) {
      return run(try Invocation(words: arguments.dropFirst()), log)
    } catch {
      log.say(error.message)
      return 1
    }
  }

  private static func run(_ invocation: Invocation, _ log: ProgramLog) -> CInt {
    if invocation.showsVersion {
      StandardStream.error.write(VersionText.text(for: invocation))
      return 0
    }
    let paths = Paths(invocation)
    var options = paths.loadOptions
    if invocation.testsConfiguration { options.maximumLoopCount = 1 }
    // A running server can be stopped without the keys that it was started with.
    options.opensFiles = invocation.signal == nil
    let configuration = LoadedConfiguration(invocation, paths, options)
    if invocation.testsConfiguration {
      return ConfigurationTest.run(configuration, invocation, paths, log)
    }
    if let signal = invocation.signal {
      return SignalSending.run(signal, configuration, log)
    }
    return Startup(configuration, paths, log).run()
  }

  /// The last part of the path that the program was invoked by.
  private static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? "apus"
  }
}
