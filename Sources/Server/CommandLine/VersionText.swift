import Bytes
import Engine

/// What `-v`, `-V` and `-h` print.
///
/// The first line names the nginx whose behaviour is meant, since scripts read it.
enum VersionText {
  /// The nginx whose language and behaviour this program follows.
  static let nginxVersion = "1.31.3"

  static func text(for invocation: Invocation) -> String {
    var text = "nginx version: nginx/\(nginxVersion)\n\(Engine.Program.nameAndVersion)\n"
    if invocation.showsHelp { text += help }
    if invocation.showsBuild { text += BuildText.text }
    return text
  }

  private static let help = """
    Usage: apus [-?hvVtTq] [-s signal] [-p prefix]
                [-e filename] [-c filename] [-g directives]

    Options:
      -?,-h,--help  : print this help and exit
      -v            : print the version and exit
      -V            : print the version and what is built in, and exit
      -t            : check the configuration and exit
      -T            : check the configuration, print it and exit
      -q            : print nothing but errors while checking
      -s signal     : tell a running server to: stop, quit, reopen, reload
      -p prefix     : start relative paths at this folder (default: \(Paths.standardPrefix))
      -e filename   : log errors to this file (default: \(Paths.standardErrorLog))
      -c filename   : read this configuration (default: \(Paths.standardConfigurationFile))
      -g directives : read these directives before the configuration

    """
}
