import CLinux
import Engine
import Sockets

/// A worker process: it serves what its supervisor hands over, with the rights that it is told to
/// keep, and ends with its supervisor.
///
/// Confined to the main thread.
final class WorkerProgram {
  private let channel: Channel
  private let log: ProgramLog
  private let loop: EventLoop
  private var service: WorkerService?
  private var watch: Watch?
  private var signals: Signals?

  /// - Parameter channel: The socket to the supervisor.
  static func run(_ channel: Channel) -> CInt {
    do {
      let signals = try Signals.block(Signals.ofWorkers)
      // Nothing may hold the first configuration while the loop runs, since it is replaced.
      guard let program = try start(channel, signals) else { return 0 }
      program.run()
      return 0
    } catch {
      let failure = (error as? StartupError)?.message ?? "\(error)"
      try? channel.send(Message(ServeReport(generation: 0, failure: failure)))
      return 1
    }
  }

  private static func start(_ channel: Channel, _ signals: CInt) throws -> WorkerProgram? {
    guard let first = try channel.receive() else { return nil }
    return try WorkerProgram(first, channel, signals)
  }

  /// Serves what the first message says, once the loop runs.
  private init(_ first: Message, _ channel: Channel, _ descriptor: CInt) throws {
    let configuration = try ServedConfiguration(first, predecessor: nil)
    let order = try first.read(ServeOrder.self)
    self.channel = channel
    log = ProgramLog(program: order.source.program)
    log.usesStandardError = false
    log.logs = configuration.site.errorLogs
    loop = try EventLoop(index: 0)
    let process = ProcessSettings(configuration.site.main, log)
    process.applyWithRights()
    try order.account?.take()
    try ProcessSettings.enterFolder(of: configuration.site.main)
    try start(configuration, descriptor)
  }

  private func start(_ configuration: ServedConfiguration, _ descriptor: CInt) throws {
    EventLoop.keepJobs()
    let service = WorkerService(on: loop, log: log) { [unowned self] in send($0) }
    self.service = service
    signals = try Signals(descriptor, on: loop) { [unowned self] in receive($0) }
    watch = try Watch(channel.descriptor.number, on: loop, reads: true, writes: false) {
      [unowned self] _, _ in receiveOrders()
    }
    try service.start(configuration)
  }

  private func run() {
    linux_trim_memory()
    loop.run()
    service?.finish()
    // The process ends now; taking the loops apart in the right order would be lost work.
    _ = Unmanaged.passRetained(self)
  }

  private func send(_ report: ServeReport) {
    do throws(SystemError) {
      try channel.send(Message(report))
    } catch {
      log.write(.alert, "\(error) while reporting to the supervisor")
    }
  }

  // MARK: - Orders

  private func receiveOrders() {
    do {
      while true {
        switch try channel.receiveAvailable() {
        case .message(let message): try service?.receive(message)
        case .bereft(let message): try service?.refuse(message)
        case .wouldBlock: return
        case .end: return loseSupervisor("the supervisor has ended")
        }
      }
    } catch {
      loseSupervisor("\(error)")
    }
  }

  /// Goes on without a supervisor for as long as there are requests.
  private func loseSupervisor(_ reason: String) {
    watch?.stop()
    log.write(.alert, "\(reason): finishing the requests under way")
    service?.drain(emptying: nil)
  }

  private func receive(_ signal: CInt) {
    switch signal {
    case SIGTERM, SIGINT: service?.stop()
    case SIGQUIT: service?.drain(emptying: [])
    case SIGUSR1: service?.reopenLogsAlone()
    default: break
    }
  }
}
