import CLinux
import Config
import Engine
import Sockets

/// A process that looks at a configuration and ends, so that what this takes of memory, and what
/// may go wrong with it, concerns nobody else.
enum CheckerProgram {
  static func run(_ channel: Channel) -> CInt {
    do {
      guard let message = try channel.receive() else { return 0 }
      let source = try message.read(CheckOrder.self).source
      let reader = RecordingReader()
      let (options, configuration) = load(source, reader)
      let (report, bundle) = bundled(report(of: configuration, source, options), reader, source)
      try channel.send(Message(report, bundle))
      // The process ends: to free large configurations piece by piece would take time.
      withExtendedLifetime(configuration) { exit(0) }
    } catch {
      ProgramLog(program: "apus").say("[alert] checker process: \(error)")
      return 1
    }
  }

  private static func load(
    _ source: ConfigurationSource, _ reader: RecordingReader
  ) -> (LoadOptions, LoadedConfiguration) {
    var options = source.loadOptions
    options.files = reader
    options.hosts = reader
    options.maximumLoopCount = 1
    return (options, LoadedConfiguration(source, options, reader))
  }

  /// What there is to say of a configuration, and its bundle where nothing is wrong with it.
  private static func bundled(
    _ checked: (report: CheckReport, main: MainSettings?), _ reader: RecordingReader,
    _ source: ConfigurationSource
  ) -> (CheckReport, [Descriptor]) {
    let report = checked.report
    guard let plan = report.plan, let main = checked.main else { return (report, []) }
    do {
      let bundle = try reader.bundle.sealed()
      try enterFolder(of: main, plan.account)
      return (report, [bundle])
    } catch {
      let reason = (error as? StartupError)?.message ?? "\(error)"
      return (report.refusing(reason, program: source.program), [])
    }
  }

  /// Goes where the worker is to go, with the rights that it will have; a start or a reload fails
  /// where that does, instead of every worker.
  private static func enterFolder(
    of main: MainSettings, _ account: Account?
  ) throws(StartupError) {
    guard main.workingDirectory != nil else { return }
    try account?.take()
    try ProcessSettings.enterFolder(of: main)
  }

  /// What there is to say of a configuration, with the settings of its main level where nothing is
  /// wrong with it.
  private static func report(
    of configuration: LoadedConfiguration, _ source: ConfigurationSource, _ options: LoadOptions
  ) -> (CheckReport, MainSettings?) {
    let report = CheckReport(
      diagnostics: configuration.reported(program: source.program), plan: nil)
    guard let outline = configuration.outline else { return (report, nil) }
    do throws(AccountError) {
      let plan = ServingPlan(of: outline, account: try account(of: outline.main, options))
      return (CheckReport(diagnostics: report.diagnostics, plan: plan), outline.main)
    } catch {
      return (report.refusing(error.message, program: source.program), nil)
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

extension CheckReport {
  /// The report with a reason, which is no place's in the configuration, to refuse it.
  fileprivate func refusing(_ reason: String, program: String) -> CheckReport {
    let diagnostic = ReportedDiagnostic(
      level: .emerg, line: reason, rendering: "\(program): [emerg] \(reason)")
    return CheckReport(diagnostics: diagnostics + [diagnostic], plan: nil)
  }
}
