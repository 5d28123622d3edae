import Foundation
import Glibc
import Testing

/// A running reverse proxy, nginx or apus, in a prefix folder of its own.
final class Proxy: Sendable {
  let program: Program
  let prefix: TemporaryFolder

  /// Starts the binary on `nginx.conf` in the prefix, and waits until it listens.
  ///
  /// - Parameters:
  ///   - loops: The value of `worker_processes`.
  ///   - connections: The value of `worker_connections`.
  /// - Throws: With what it printed and logged, when it does not come up.
  init(
    _ binary: String, prefix: TemporaryFolder, configuration: String, loops: Int = 1,
    connections: Int = 4096
  ) throws {
    self.prefix = prefix
    prefix.remove("nginx.pid")
    try prefix.write(
      Proxy.preamble(loops: loops, connections: connections) + configuration, to: "nginx.conf")
    let command = [binary, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log"]
    program = try Program(command, output: "\(prefix.path)/output")
    do {
      try program.waitForFile("nginx.pid", in: prefix.path)
    } catch {
      throw HarnessError("\(error)\n\(prefix.read("output"))\(prefix.read("error.log"))")
    }
  }

  /// Stops gracefully (QUIT); at last the signals that cannot be missed.
  ///
  /// No process of it may have crashed.
  func stop() {
    program.send(SIGQUIT)
    if program.waitForExit(within: 5) == nil { program.send(SIGTERM) }
    if program.waitForExit(within: 5) == nil { program.send(SIGKILL) }
    _ = program.waitForExit(within: 5)
    #expect(crashes == [])
  }

  /// The lines of the error log that tell of processes that crashed: what the language or the
  /// processor forbids raises these signals, and no test sends them.
  private var crashes: [Substring] {
    let signals = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]
    return prefix.errorLogLines.filter { line in
      guard let sentence = line.firstRange(of: " exited on signal ") else { return false }
      let number = line[sentence.upperBound...].prefix(while: \.isNumber)
      return CInt(number).map(signals.contains) ?? false
    }
  }

  /// The main level that every test's configuration starts with.
  static func preamble(loops: Int, connections: Int = 4096) -> String {
    let user = getuid() == 0 ? "user root root;\n" : ""
    return user + """
      daemon off;
      worker_processes \(loops);
      pid nginx.pid;
      error_log error.log info;
      events { worker_connections \(connections); }

      """
  }
}

// MARK: - Programs of two processes

extension Proxy {
  /// The process that serves; see ``Program/worker``.
  var worker: pid_t? { program.worker }

  /// Waits for the process that serves; the supervisor starts it after the pid file is there.
  func startedWorker() throws -> pid_t {
    guard wait(until: { worker != nil }), let worker else { throw HarnessError("no worker") }
    return worker
  }

  /// Whether the program under test is the superuser's, so that it can give up rights.
  static let isSuperuser = getuid() == 0

  /// The words that start another process of the program on the same prefix.
  func command(_ binary: String = Binaries.subject, _ words: String...) -> [String] {
    [binary, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log"] + words
  }

  /// Gives the program another configuration, and waits for what it says to that.
  ///
  /// - Parameter configuration: What stands below the main level; nil leaves the file alone.
  func reload(
    _ configuration: String? = nil, loops: Int = 1
  ) throws -> (code: CInt, output: String) {
    if let configuration {
      try prefix.write(Proxy.preamble(loops: loops) + configuration, to: "nginx.conf")
    }
    return try run(command(Binaries.subject, "-s", "reload"))
  }

  /// The lines of the error log that tell of failed calls.
  var failureLines: [Substring] {
    prefix.errorLogLines.filter { $0.contains(" failed (") }
  }

  /// Waits until the error log has a line with a text.
  func waitForLog(_ text: String, within seconds: Double = 10) throws {
    try program.waitForFile("error.log", in: prefix.path, within: seconds) { _ in
      prefix.read("error.log").contains(text)
    }
  }
}

/// Waits until something is so, looking again every few milliseconds: for what no event tells.
func wait(within seconds: Double = 10, until isSo: () throws -> Bool) rethrows -> Bool {
  let end = Date().addingTimeInterval(seconds)
  while true {
    if try isSo() { return true }
    guard Date() < end else { return false }
    usleep(5_000)
  }
}

/// Stops all threads of a process for the time being.
func halt(_ process: pid_t) {
  kill(process, SIGSTOP)
  // The first thread to take the signal stops the others, whenever it gets a processor.
  _ = wait {
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task"))
    return (threads ?? []).allSatisfy { state(of: "/proc/\(process)/task/\($0)") == "T" }
  }
}

/// The letter for what a process or a thread does, from its folder below /proc.
private func state(of folder: String) -> Character? {
  let status = (try? String(contentsOfFile: "\(folder)/stat", encoding: .utf8)) ?? ""
  return status.lastIndex(of: ")").flatMap { status[$0...].dropFirst(2).first }
}

/// Whether a process is still there, and is not only waiting to be reaped.
func isAlive(_ process: pid_t) -> Bool {
  state(of: "/proc/\(process)").map { $0 != "Z" } ?? false
}
