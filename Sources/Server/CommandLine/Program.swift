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
    let role = ProcessRole.take()
    // Nobody else waits for its answer, whatever it hangs on.
    if role == .checker { linux_end_with_parent() }
    // The name that exec gave is that of the link to the binary.
    if role != nil { linux_name_thread("apus") }
    switch role {
    case .worker: return WorkerProgram.run(ProcessRole.channel())
    case .checker: return CheckerProgram.run(ProcessRole.channel())
    case nil: return runAsked(arguments)
    }
  }

  private static func runAsked(_ arguments: [String]) -> CInt {
    let log = ProgramLog(program: name(of: arguments.first ?? "apus"))
    do throws(InvocationError) {
      return run(try Invocation(words: arguments.dropFirst()), log)
    } catch {
      log.say(error.message)
      StandardStream.error.write("  \"\(log.program) -h\" lists the options\n")
      return 1
    }
  }

  private static func run(_ invocation: Invocation, _ log: ProgramLog) -> CInt {
    if invocation.showsVersion {
      StandardStream.error.write(VersionText.text(for: invocation))
      return 0
    }
    let source = ConfigurationSource(invocation, Paths(invocation), program: log.program)
    guard invocation.testsConfiguration || invocation.signal != nil else {
      return SupervisorStart.run(source, log)
    }
    var options = source.loadOptions
    if invocation.testsConfiguration { options.maximumLoopCount = 1 }
    // A running server can be stopped without the keys that it was started with.
    options.opensFiles = invocation.signal == nil
    let configuration = LoadedConfiguration(source, options)
    guard let signal = invocation.signal else {
      // The process ends: to free large configurations piece by piece would take time.
      withExtendedLifetime(configuration) {
        exit(ConfigurationTest.run(configuration, invocation, source, log))
      }
    }
    return SignalSending(configuration, isQuiet: invocation.isQuiet, log).run(signal)
  }

  /// The last part of the path that the program was invoked by.
  private static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? "apus"
  }
}
