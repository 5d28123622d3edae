import Bytes
import Config

/// The settings of `ngx_http_fastcgi_module`; initial values are the directives' defaults.
struct FastCGISettings: Hashable, Sendable {
  var upstream = UpstreamSettings()

  /// What is put behind a script name that ends with a slash.
  var index = ByteString()

  /// Cuts a path into the script name and the path info, its two groups.
  var splitPattern: Pattern?

  /// In the order of the configuration.
  var parameters: [FastCGIParameter] = []

  /// Whether the server is asked to leave connections open.
  var keepsConnections = false

  /// Texts that make a response invalid where the server writes one of them to standard error.
  var caughtErrors: [ByteString] = []

  // Only what blocks say differently most often.
  func hash(into hasher: inout Hasher) {
    hasher.combine(upstream)
    hasher.combine(index)
    hasher.combine(parameters)
  }
}

/// A parameter of the configuration: `fastcgi_param`.
struct FastCGIParameter: Hashable, Sendable {
  let name: ByteString
  let value: Template

  /// Whether the parameter is left out where its value is empty.
  let isOmittedWhenEmpty: Bool
}

extension FastCGISettings {
  private static let everywhere: Contexts = [.http, .server, .location]

  static let directives: [Directive] =
    UpstreamSettings.directives("fastcgi", at: .fastCGI.upstream) + ownDirectives + withoutEffect

  private static let ownDirectives: [Directive] = [
    Directive(
      "fastcgi_pass", "address", count: 1...1, in: [.location, .ifInLocation],
      "Passes requests to a FastCGI server or a group of them.", apply: FastCGIPass.read),
    Directive(
      "fastcgi_param", .fastCGIParameter, appendsTo: .fastCGI.parameters, in: everywhere,
      "A parameter of the requests sent to FastCGI servers."),
    Directive(
      "fastcgi_index", .text("name"), sets: .fastCGI.index, in: everywhere,
      "What $fastcgi_script_name adds to a path that ends with a slash."),
    Directive(
      "fastcgi_split_path_info", .splitPattern, setsAnew: .fastCGI.splitPattern, in: everywhere,
      "A regular expression with two groups: $fastcgi_script_name and $fastcgi_path_info."),
    Directive(
      "fastcgi_keep_conn", .flag, sets: .fastCGI.keepsConnections, in: everywhere,
      "Whether the server is asked to leave connections open, as keepalive needs it."),
    Directive(
      "fastcgi_catch_stderr", .text("string"), appendsTo: .fastCGI.caughtErrors, in: everywhere,
      "A text on the server's standard error that makes its response invalid."),
  ]

  private static let withoutEffect: [Directive] = [
    Directive(
      withoutEffect: "fastcgi_max_temp_file_size", .offset, in: everywhere,
      "The most of a response that nginx keeps in a file; here reading waits for the client."),
    Directive(
      withoutEffect: "fastcgi_temp_file_write_size", .size, in: everywhere,
      "How much nginx writes to such a file at a time."),
    Directive(
      withoutEffect: "fastcgi_temp_path", .texts("path [level ...]"), in: everywhere,
      "Where nginx keeps such files."),
    Directive(
      withoutEffect: "fastcgi_socket_keepalive", .flag, in: everywhere,
      "Asks the system to probe idle connections to FastCGI servers."),
    Directive(
      withoutEffect: "fastcgi_send_lowat", .size, in: everywhere,
      "Concerns other systems than Linux."),
  ]
}

extension ArgumentType where Value == FastCGIParameter {
  /// The name of a parameter, its value, and whether an empty one is sent.
  static var fastCGIParameter: Self {
    Self("parameter value [if_not_empty]", count: 2...3) {
      (statement, level) throws(Diagnostic) in
      let words = statement.arguments
      if words.count == 3, words[2].text != "if_not_empty" {
        throw .invalidParameter(words[2], of: statement)
      }
      return FastCGIParameter(
        name: words[0].text, value: level.inheritedTemplate(words[1], of: statement),
        isOmittedWhenEmpty: words.count == 3)
    }
  }
}

extension ArgumentType where Value == Pattern? {
  /// A regular expression with two groups.
  static var splitPattern: Self {
    Self("regex") { (statement, level) throws(Diagnostic) in
      let word = statement.arguments[0]
      let (pattern, _) = try level.pattern(
        word.text, ignoresCase: false, at: word, of: statement)
      guard pattern.captureCount == 2 else {
        throw .custom(
          "pattern \"\(word.text)\" must have 2 captures", at: statement, word: word)
      }
      return pattern
    }
  }
}
