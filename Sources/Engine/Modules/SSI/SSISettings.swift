import Bytes
import CLinux
import Config
import Sockets

extension Module {
  /// Executes the commands in a document: `include`, `echo`, `set`, `if`, `block`.
  static let ssi: Module = {
    var module = Module("ngx_http_ssi_module")
    module.directives = SSISettings.directives
    module.variables = SSISettings.variables
    module.headerFilter = { SSIFilter($0.ssi.value) }
    module.filtersSubrequests = true
    return module
  }()
}

/// The settings of `ngx_http_ssi_module`.
package struct SSISettings: Sendable {
  var isOn = false

  /// Whether an invalid command leaves no text behind.
  var isSilent = false

  /// Whether `Last-Modified` and the entity tag are kept.
  var keepsLastModified = false
  var types = MediaTypeList()

  /// The longest value of a parameter, in bytes.
  var maximumValueCount = 255

  package init() {}

  static let directives: [Directive] = [
    Directive(
      "ssi", .flag, sets: .ssi.isOn, in: [.http, .server, .location, .ifInLocation],
      "Whether commands in responses are executed."),
    Directive(
      "ssi_silent_errors", .flag, sets: .ssi.isSilent, in: CoreSettings.levels,
      "Whether an invalid command leaves no text behind."),
    Directive(
      "ssi_last_modified", .flag, sets: .ssi.keepsLastModified, in: CoreSettings.levels,
      "Whether the time of the original is kept."),
    Directive(
      mediaTypes: "ssi_types", sets: .ssi.types,
      "The media types in which commands are executed, beside `text/html`; `*` is all."),
    Directive(
      "ssi_value_length", .size, sets: .ssi.maximumValueCount, in: CoreSettings.levels,
      "The longest value of a command's parameter."),
    Directive(
      withoutEffect: "ssi_min_file_chunk", .size, in: CoreSettings.levels,
      "From which size on nginx sends parts of a file by sendfile(2)."),
    Directive(
      withoutEffect: "ssi_ignore_recycled_buffers", .flag, in: CoreSettings.levels,
      "Tunes nginx's buffers."),
  ]

  static let variables: [Variable] = [
    Variable("date_local", "The local time, in the form that the SSI command `config` gives.") {
      date(for: $0, isLocal: true)
    },
    Variable("date_gmt", "The time in UTC, in the form that the SSI command `config` gives.") {
      date(for: $0, isLocal: false)
    },
  ]

  private static func date(for exchange: Exchange, isLocal: Bool) -> ByteString? {
    let format = exchange.extras?.ssi?.timeFormat ?? SSIBody.standardTimeFormat
    let seconds = exchange.loop.clock.seconds
    if format == "%s" { return ByteString(decimal: seconds) }
    var time = time_t(seconds)
    var parts = tm()
    if isLocal { localtime_r(&time, &parts) } else { gmtime_r(&time, &parts) }
    var text = [CChar](repeating: 0, count: 512)
    let count = strftime(&text, text.count, format.string, &parts)
    return count == 0 ? nil : ByteString(text[0..<count].map { UInt8(bitPattern: $0) })
  }
}
