import CLinux
import Sockets

/// What a process of the program is there for, where it is not the first one.
enum ProcessRole: String {
  /// Serves requests; see ``WorkerProgram``.
  case worker
  /// Looks at a configuration and ends; see ``CheckerProgram``.
  case checker

  /// The variable of the environment that says so.
  private static let variable = "APUS_ROLE"

  /// The descriptor of the channel to the process that started this one.
  private static let channelNumber: CInt = 3

  /// The role of this process, which is told once; nil for the one that somebody has started.
  static func take() -> ProcessRole? {
    guard let text = getenv(variable) else { return nil }
    defer { unsetenv(variable) }
    return ProcessRole(rawValue: String(cString: text))
  }

  /// The channel to the process that started this one.
  static func channel() -> Channel {
    _ = linux_close_on_exec(channelNumber, 1)
    return Channel(Descriptor(adopting: channelNumber))
  }

  /// Lets the C library keep more freed memory at hand for each thread, where nobody has chosen.
  ///
  /// A batch of events makes and ends more objects of one kind than the seven that it keeps by
  /// itself. Once the process has read the variable, ``ProcessSettings`` removes it.
  private static var tunables: [String] {
    let name = "GLIBC_TUNABLES"
    return getenv(name) == nil ? ["\(name)=glibc.malloc.tcache_count=32"] : []
  }

  /// Starts a process with the role.
  ///
  /// It is an exec of this very binary: nothing of this process goes on in it.
  func start(program: String) throws(SystemError) -> (process: pid_t, channel: Channel) {
    let (near, far) = try Channel.pair(accepting: self == .worker ? .ofReports : .ofChecks)
    let arguments = CStrings(["\(program): \(rawValue) process"])
    let environment = CStrings(
      Environment.variables + ["\(ProcessRole.variable)=\(rawValue)"] + ProcessRole.tunables)
    let process = linux_run_again(
      arguments.pointers, environment.pointers, far.descriptor.number)
    return (try SystemError.check("posix_spawn", process), near)
  }
}

/// The variables of this process.
enum Environment {
  /// As `NAME=value`.
  static var variables: [String] {
    var found: [String] = []
    var next = linux_environment()
    while let entry = next?.pointee {
      found.append(String(cString: entry))
      next = next?.advanced(by: 1)
    }
    return found
  }
}

/// A list of texts for C, with null at its end.
final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ texts: [String]) {
    count = texts.count
    pointers = .allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() { (pointers + index).initialize(to: strdup(text)) }
    (pointers + count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count { free(pointers[index]) }
    pointers.deallocate()
  }
}
