import Foundation
import Glibc

/// A running reverse proxy, nginx or apus, in a prefix folder of its own.
final class Proxy: Sendable {
  let program: Program
  let prefix: TemporaryFolder

  /// Starts the binary on `nginx.conf` in the prefix, and waits until it listens.
  ///
  /// - Parameter loops: The value of `worker_processes`.
  /// - Throws: With what it printed and logged, when it does not come up.
  init(_ binary: String, prefix: TemporaryFolder, configuration: String, loops: Int = 1) throws {
    self.prefix = prefix
    prefix.remove("nginx.pid")
    try prefix.write(Proxy.preamble(loops: loops) + configuration, to: "nginx.conf")
    let command = [binary, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log"]
    program = try Program(command, output: "\(prefix.path)/output")
    do {
      try program.waitForFile("nginx.pid", in: prefix.path)
    } catch {
      throw HarnessError("\(error)\n\(prefix.read("output"))\(prefix.read("error.log"))")
    }
  }

  /// Stops gracefully (QUIT); at last the signals that cannot be missed.
  func stop() {
    program.send(SIGQUIT)
    if program.waitForExit(within: 5) == nil { program.send(SIGTERM) }
    if program.waitForExit(within: 5) == nil { program.send(SIGKILL) }
    _ = program.waitForExit(within: 5)
  }

  /// The main level that every test's configuration starts with.
  private static func preamble(loops: Int) -> String {
    let user = getuid() == 0 ? "user root root;\n" : ""
    return user + """
      daemon off;
      worker_processes \(loops);
      pid nginx.pid;
      error_log error.log info;
      events { worker_connections 4096; }

      """
  }
}
