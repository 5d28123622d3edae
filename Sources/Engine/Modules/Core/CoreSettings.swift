package import Bytes
import Config
package import Sockets
package import Wire

/// The settings of `ngx_http_core_module`; initial values are the directives' defaults.
package struct CoreSettings: Hashable, Sendable {
  /// The most bytes of a response that becomes the value of a variable.
  package var subrequestBufferSize = 4096

  // Connections
  package var clientHeaderTimeout = TimeSpan.seconds(60)
  package var clientBodyTimeout = TimeSpan.seconds(60)
  package var sendTimeout = TimeSpan.seconds(60)
  package var keepaliveTimeout = TimeSpan.seconds(75)

  /// The value of `Keep-Alive: timeout`; nil leaves the field out.
  package var announcedKeepaliveTimeout: TimeSpan?
  package var keepaliveRequests = 1000

  /// The browsers whose connections are closed after a response.
  package var keepaliveDisabled: KeepaliveDisabled = .msie6
  package var keepaliveTime = TimeSpan.seconds(3600)
  package var lingering = Lingering.on
  package var lingeringTime = TimeSpan.seconds(30)
  package var lingeringTimeout = TimeSpan.seconds(5)
  package var isNoDelay = true
  package var resetsTimedOutConnections = false

  /// In bytes for each second; 0 for no limit.
  package var limitRate = SizeValue.constant(0)

  /// The bytes of a response that go without a limit.
  package var limitRateAfter = SizeValue.constant(0)

  // Requests
  package var headOptions = RequestHeadParser.Options()
  package var clientHeaderBufferSize = 1024

  /// What nginx takes for each connection; it limits other sizes.
  package var connectionPoolSize = 512
  package var largeClientHeaderBuffers = BufferSettings(number: 4, size: 8192)
  package var mergesSlashes = true

  /// In bytes; 0 for no limit.
  package var clientMaxBodySize = 1 << 20
  package var clientBodyBufferSize = 16_384
  package var clientBodyTempPath: ByteString = "client_body_temp"
  package var bodyInFileOnly = BodyInFileOnly.off
  package var isInternal = false

  // Responses
  package var serverTokens = ServerTokens.on
  package var allowsChunks = true
  package var makesRedirectsAbsolute = true
  package var usesServerNameInRedirects = false
  package var namesPortInRedirects = true
  package var errorPages: [ErrorPage] = []
  package var isRecursiveErrorPages = false
  package var padsErrorPages = true
  package var refreshesMSIE = false
  package var mustSatisfy = Satisfy.all

  /// The path or the named location of a request that follows each one; empty for none.
  package var postAction = ByteString()

  /// How long a request waits that is to be answered with 401.
  package var authDelay = TimeSpan.zero

  // Files
  package var root = Root()
  package var defaultType: ByteString = "text/plain"
  package var types = MediaTypes.initial
  package var sendsEntityTags = true
  package var ifModifiedSince = IfModifiedSince.exact

  /// The most ranges that a request may ask for; 0 answers none, nil all.
  package var maximumRanges: Int?

  // Names
  package var resolver: ResolverSettings?
  package var resolverTimeout = TimeSpan.seconds(30)

  // Logs
  package var errorLogs: [ErrorLog] = []
  package var logsNotFound = true

  package init() {}

  // Only what blocks say differently most often.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(root)
    hasher.combine(errorPages)
    hasher.combine(types)
    hasher.combine(defaultType)
    hasher.combine(clientMaxBodySize)
    hasher.combine(clientBodyTimeout)
    hasher.combine(sendTimeout)
    hasher.combine(keepaliveTimeout)
    hasher.combine(isInternal)
    hasher.combine(logsNotFound)
  }
}

/// nginx's `client_body_in_file_only`.
package enum BodyInFileOnly: String, Keyword {
  case off, on, clean
}

/// nginx's `satisfy`.
package enum Satisfy: String, Keyword {
  case all, any
}

/// nginx's `lingering_close`.
package enum Lingering: String, Keyword {
  case off, on, always
}

/// nginx's `if_modified_since`.
package enum IfModifiedSince: String, Keyword {
  case off, exact, before
}

/// The name and the version of this program.
package enum Program {
  package static let nameAndVersion: StaticString = "apus/0.1.0"
  package static let version = ByteString(stringLiteral: nameAndVersion).dropFirst(5)

  /// The nginx whose behaviour is followed, which `$nginx_version` names.
  package static let nginxVersion: ByteString = "1.31.3"
}

/// Where files are: `root` or `alias`.
package struct Root: Hashable, Sendable {
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
package enum AliasedPart: Hashable, Sendable {
  /// The name of the location that the directive stands in, of so many bytes.
  case first(Int)
  /// The whole path, in a location that a regular expression selects.
  case all
}

/// A number of bytes that may depend on the request.
package enum SizeValue: Hashable, Sendable {
  case constant(Int)
  case template(Template)

  /// The number for a request; 0 where the value is none.
  package func value(for exchange: Exchange) -> Int {
    switch self {
    case .constant(let number): number
    case .template(let template): Units.size(template.value(for: exchange)) ?? 0
    }
  }
}

/// The name servers of `resolver`.
package struct ResolverSettings: Hashable, Sendable {
  package var addresses: [SocketAddress] = []

  /// How long answers are kept; nil follows the time to live of each answer.
  package var validity: TimeSpan?
  package var usesIPv4 = true
  package var usesIPv6 = true

  package init() {}
}

/// File name extensions and what they stand for; see `types`.
package struct MediaTypes: Hashable, Sendable {
  /// The media types by extension, in lower case and without the dot.
  package var byExtension: [ByteString: ByteString]

  /// nginx's own three, for a configuration without `types`.
  package static let initial = MediaTypes(byExtension: [
    "html": "text/html", "gif": "image/gif", "jpg": "image/jpeg",
  ])

  // Tables are long.
  package func hash(into hasher: inout Hasher) { hasher.combine(byExtension.count) }
}

extension CoreSettings {
  /// Every level that most directives may stand in.
  static let levels: Contexts = [.http, .server, .location]

  /// The levels of directives that matter before a location is known.
  static let serverLevels: Contexts = [.http, .server]

  static let directives =
    connectionDirectives + requestDirectives + responseDirectives + fileDirectives
    + tuningDirectives

  /// Gives relative paths of initial values the prefix that they start at.
  mutating func resolveInitialPaths(_ level: Level) {
    root.prefix = ByteString(level.load.options.prefix)
    root.path = Template(constant: level.pathBelowPrefix("html"))
    clientBodyTempPath = level.pathBelowPrefix("client_body_temp")
  }
}
