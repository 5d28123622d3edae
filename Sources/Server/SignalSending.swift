import Bytes
import CLinux
import Config
import Engine
import Sockets

/// `-s`: sends a signal to the process that the configuration's pid file names.
enum SignalSending {
  static func run(
    _ name: Invocation.SignalName, _ configuration: LoadedConfiguration, _ log: ProgramLog
  ) -> CInt {
    guard name != .reload else {
      log.say(
        "[error] \"-s reload\" is known to nginx, but not supported by apus yet: "
          + "stop and start the program to change its configuration")
      return 1
    }
    configuration.report(to: log)
    guard let site = configuration.site else { return 1 }
    let path = site.main.pidFile.string
    let content: ByteString
    do throws(ReadError) {
      content = try DiskReader().bytes(of: path)
    } catch {
      log.say("[error] \(error.call) \"\(path)\" failed (\(error.code): \(error.reason))")
      return 1
    }
    let text = ByteString(
      content.bytes.filter { $0 != ASCII.lineFeed && $0 != ASCII.carriageReturn })
    guard let process = text.decimalNumber, process > 0 else {
      log.say("[error] invalid PID number \"\(text)\" in \"\(path)\"")
      return 1
    }
    if kill(pid_t(truncatingIfNeeded: process), name.number) == 0 { return 0 }
    let error = SystemError(call: "kill(\(process), \(name.number))", code: linux_errno())
    log.say("[alert] \(error)")
    return 1
  }
}

extension Invocation.SignalName {
  fileprivate var number: CInt {
    switch self {
    case .stop: SIGTERM
    case .quit: SIGQUIT
    case .reopen: SIGUSR1
    case .reload: SIGHUP
    }
  }
}
