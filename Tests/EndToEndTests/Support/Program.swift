import Foundation
import Glibc

/// A program that a test starts and that ends with the test.
///
/// Waiting is by events: a pipe that only the program holds open tells of its end, inotify of its
/// pid file.
final class Program: @unchecked Sendable {
  let processID: pid_t
  private let life: CInt
  private var exitStatus: CInt?

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - command: The path of the binary and its arguments.
  ///   - folder: The working folder; nil keeps this process's.
  ///   - output: The file that receives standard output and standard error.
  ///   - environment: Variables set beside the inherited ones.
  init(
    _ command: [String], in folder: String? = nil, output: String = "/dev/null",
    environment: [String: String] = [:]
  ) throws {
    var ends: [CInt] = [0, 0]
    // Nothing else may start a program between making a descriptor and marking it close-on-exec.
    startingPrograms.lock()
    defer { startingPrograms.unlock() }
    guard pipe(&ends) == 0 else { throw HarnessError("pipe: \(lastError())") }
    ends.forEach(closeOnExec)
    defer { Glibc.close(ends[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // A number far above what the program opens itself: it must not mistake it for one of its own.
    posix_spawn_file_actions_adddup2(&actions, ends[1], 200)
    let command = folder.map { ["/usr/bin/env", "-C", $0] + command } ?? command
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    processID = try Program.spawn(
      command, &actions, environment: variables.map { "\($0)=\($1)" })
    life = ends[0]
  }

  private static func spawn(
    _ command: [String], _ actions: inout posix_spawn_file_actions_t, environment: [String]
  ) throws -> pid_t {
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Tests run on threads that block signals; a program must not inherit that.
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var processID: pid_t = 0
    let code = posix_spawnp(
      &processID, command[0], &actions, &attributes, &arguments, &variables)
    guard code == 0 else {
      throw HarnessError("cannot start \(command[0]): \(String(cString: strerror(code)))")
    }
    return processID
  }

  deinit {
    if exitStatus == nil {
      send(SIGTERM)
      if waitForExit(within: 5) == nil {
        send(SIGKILL)
        _ = waitForExit(within: 5)
      }
    }
    Glibc.close(life)
  }

  func send(_ signal: CInt) {
    if exitStatus == nil { kill(processID, signal) }
  }

  /// The exit code; 128 + signal when a signal ended it; nil when it still runs.
  func waitForExit(within seconds: Double) -> CInt? {
    if let exitStatus { return exitStatus }
    var entry = pollfd(fd: life, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, CInt(seconds * 1000)) > 0 else { return nil }
    var status: CInt = 0
    waitpid(processID, &status, 0)
    let signal = status & 0x7f
    exitStatus = signal == 0 ? (status >> 8) & 0xff : 128 + signal
    return exitStatus
  }

  /// Waits until a file exists and is not empty, or whatever else is wanted of it.
  ///
  /// - Parameter isReady: Asked with the file's path, whenever something changes in the folder.
  /// - Throws: When the program ends first, or the time is up.
  func waitForFile(
    _ name: String, in folder: String, within seconds: Double = 10,
    until isReady: (_ path: String) -> Bool = isFilled
  ) throws {
    let watch = inotify_init1(CInt(IN_CLOEXEC))
    defer { Glibc.close(watch) }
    let events = UInt32(IN_CREATE) | UInt32(IN_MODIFY) | UInt32(IN_MOVED_TO)
    guard inotify_add_watch(watch, folder, events) >= 0 else {
      throw HarnessError("watch \(folder): \(lastError())")
    }
    let end = Date().addingTimeInterval(seconds)
    while !isReady("\(folder)/\(name)") {
      var entries = [
        pollfd(fd: watch, events: Int16(POLLIN), revents: 0),
        pollfd(fd: life, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&entries, 2, CInt(max(0, end.timeIntervalSinceNow * 1000)))
      if count == 0 { throw HarnessError("\(name) did not appear in \(Int(seconds)) s") }
      if entries[1].revents != 0 { throw HarnessError("the program ended before \(name) appeared") }
      var buffer = [UInt8](repeating: 0, count: 4096)
      _ = Glibc.read(watch, &buffer, buffer.count)
    }
  }

  /// The processes that this program started, and theirs.
  var descendants: [pid_t] {
    var found: [pid_t] = []
    var waiting = [processID]
    while let parent = waiting.popLast() {
      let path = "/proc/\(parent)/task/\(parent)/children"
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      let children = text.split(separator: " ").compactMap { pid_t($0) }
      found += children
      waiting += children
    }
    return found
  }

  /// The process that serves; nil before it is there.
  ///
  /// The supervisor's other children are no workers: a checker that is not reaped yet, and one that
  /// is still to become what it was started for.
  var worker: pid_t? { descendants.first { hasRole("worker", $0) } }

  /// The memory of the program and its descendants in KiB: proportional set size, files aside.
  ///
  /// The pages of binaries count by how many processes share them, so they come and go with those
  /// of other tests.
  var memoryKiB: Int { sumKiB(of: ["Pss_Anon:", "Pss_Shmem:"]) }

  /// The same with the pages of files.
  var wholeMemoryKiB: Int { sumKiB(of: ["Pss:"]) }

  private func sumKiB(of names: [String]) -> Int {
    ([processID] + descendants).reduce(0) { sum, id in
      let text = (try? String(contentsOfFile: "/proc/\(id)/smaps_rollup", encoding: .utf8)) ?? ""
      let lines = text.split(separator: "\n").filter {
        line in names.contains { line.hasPrefix($0) }
      }
      return lines.reduce(sum) { $0 + ($1.split(separator: " ").compactMap { Int($0) }.first ?? 0) }
    }
  }

  /// How many descriptors the program and its descendants hold.
  var descriptorCount: Int {
    ([processID] + descendants).reduce(0) { sum, id in
      sum + ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd"))?.count ?? 0)
    }
  }
}

/// Whether a process says of itself that it has a role, such as `worker`; one that has ended says
/// nothing.
func hasRole(_ role: String, _ process: pid_t) -> Bool {
  let words = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
  return words?.contains(": \(role) process") ?? false
}

/// Held while a program starts, and while a descriptor is not yet marked close-on-exec.
let startingPrograms = NSLock()

/// Keeps a descriptor from the programs that this process starts.
func closeOnExec(_ descriptor: CInt) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

/// Whether a file exists and is not empty.
func isFilled(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_size > 0
}

/// Whether a file exists.
func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

/// Runs a program to its end and returns its exit code and all it wrote.
///
/// - Throws: When it has not ended after the given time.
func run(
  _ command: [String], in folder: String? = nil, environment: [String: String] = [:],
  within seconds: Double = 60
) throws -> (code: CInt, output: String) {
  let scratch = try TemporaryFolder()
  let program = try Program(
    command, in: folder, output: "\(scratch.path)/output", environment: environment)
  guard let code = program.waitForExit(within: seconds) else {
    throw HarnessError(
      "\(command[0]) still runs after \(Int(seconds)) s: \(scratch.read("output"))")
  }
  return (code, scratch.read("output"))
}
