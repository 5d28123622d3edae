package import Bytes
package import Wire

/// The settings of `ngx_http_core_module`; initial values are the directives' defaults.
package struct CoreSettings: Sendable {
  // Connections
  package var clientHeaderTimeout = Duration.seconds(60)
  package var clientBodyTimeout = Duration.seconds(60)
  package var sendTimeout = Duration.seconds(60)
  package var keepaliveTimeout = Duration.seconds(75)
  package var keepaliveRequests = 1000
  package var lingeringTime = Duration.seconds(30)
  package var lingeringTimeout = Duration.seconds(5)
  package var isNoDelay = true

  // Requests
  package var headOptions = RequestHeadParser.Options()
  package var mergesSlashes = true

  /// In bytes; 0 for no limit.
  package var clientMaxBodySize = 1 << 20
  package var clientBodyBufferSize = 16_384
  package var clientBodyTempPath: ByteString = "client_body_temp"
  package var isInternal = false

  // Responses
  package var serverTokens = ServerTokens.on
  package var allowsChunks = true
  package var makesRedirectsAbsolute = true
  package var usesServerNameInRedirects = false
  package var namesPortInRedirects = true
  package var errorPages: [ErrorPage] = []
  package var isRecursiveErrorPages = false
  package var mustSatisfy = Satisfy.all

  // Files
  package var root = Root()
  package var defaultType: ByteString = "text/plain"
  package var types = MediaTypes.initial
  package var sendsEntityTags = true
  package var ifModifiedSince = IfModifiedSince.exact

  /// The most ranges that a request may ask for; 0 answers none, nil all.
  package var maximumRanges: Int?

  // Logs
  package var errorLogs: [ErrorLog] = []
  package var logsNotFound = true

  package init() {}
}

/// What `Server` and error pages say of the program.
package enum ServerTokens: String, Keyword {
  case on, off, build

  /// The value of `Server`.
  package var text: ByteString { self == .off ? "apus" : Program.nameAndVersion }
}

/// nginx's `satisfy`.
package enum Satisfy: String, Keyword {
  case all, any
}

/// The name and the version of this program.
package enum Program {
  package static let version: ByteString = "0.1.0"
  package static let nameAndVersion: ByteString = "apus/" + version
}

/// nginx's `if_modified_since`.
package enum IfModifiedSince: String, Keyword {
  case off, exact, before
}

/// Where files are: `root` or `alias`.
package struct Root: Sendable {
  /// A folder, or for `alias` what stands in place of the beginning of the path.
  package var path = Template(constant: "html")

  /// Whether the path stands in place of the location's name; see `alias`.
  package var isAlias: Bool { alias != nil }

  /// How much of the request path `alias` stands for; nil for `root`.
  package var alias: AliasedPart?

  /// The folder that a relative value of variables starts at, with a slash at its end.
  package var prefix = ByteString()

  package init() {}
}

/// What an `alias` takes the place of.
package enum AliasedPart: Sendable {
  /// The name of the location that the directive stands in, of so many bytes.
  case first(Int)
  /// The whole path, in a location that a regular expression selects.
  case all
}

/// One `error_page`.
package struct ErrorPage: Sendable {
  package let statuses: [Int]

  /// The status of the response: nil keeps the one of the error, 0 takes the new response's.
  package let newStatus: Int?

  /// A path, an absolute URI or `@name`.
  package let target: Template

  package init(statuses: [Int], newStatus: Int?, target: Template) {
    self.statuses = statuses
    self.newStatus = newStatus
    self.target = target
  }
}

/// File name extensions and what they stand for; see `types`.
package struct MediaTypes: Sendable {
  package var byExtension: [ByteString: ByteString]

  /// nginx's own three, for a configuration without `types`.
  package static let initial = MediaTypes(byExtension: [
    "html": "text/html", "gif": "image/gif", "jpg": "image/jpeg",
  ])
}

extension CoreSettings {
  static let directives: [Directive] = []
}
