import Config
import Engine

/// A process that looks at a configuration and ends, so that what this takes of memory, and what
/// may go wrong with it, concerns nobody else.
enum CheckerProgram {
  static func run(_ channel: Channel) -> CInt {
    do {
      guard let message = try channel.receive() else { return 1 }
      let source = try message.read(CheckOrder.self).source
      let reader = RecordingReader()
      let report = check(source, reader)
      let bundle = report.plan == nil ? [] : [try reader.bundle.sealed()]
      try channel.send(Message(report, bundle))
      return 0
    } catch {
      return 1
    }
  }

  private static func check(
    _ source: ConfigurationSource, _ reader: RecordingReader
  ) -> CheckReport {
    var options = source.loadOptions
    options.files = reader
    options.hosts = reader
    options.maximumLoopCount = 1
    let configuration = LoadedConfiguration(source, options, reader)
    var diagnostics = configuration.reported(program: source.program)
    guard let site = configuration.site else {
      return CheckReport(diagnostics: diagnostics, plan: nil)
    }
    do throws(AccountError) {
      let account = try account(of: site.main, options)
      return CheckReport(
        diagnostics: diagnostics, plan: ServingPlan(of: site, account: account))
    } catch {
      diagnostics.append(
        ReportedDiagnostic(
          level: .emerg, line: error.message,
          rendering: "\(source.program): [emerg] \(error.message)"))
      return CheckReport(diagnostics: diagnostics, plan: nil)
    }
  }

  /// Whose rights the worker takes: without `user`, a program that the superuser has started takes
  /// those of `nobody`.
  private static func account(
    of main: MainSettings, _ options: LoadOptions
  ) throws(AccountError) -> Account? {
    guard options.isSuperuser else { return nil }
    if let account = main.account { return account }
    return try Account(name: Account.standardName)
  }
}
