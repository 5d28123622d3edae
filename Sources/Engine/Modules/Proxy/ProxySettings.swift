import Bytes
import Config
import Wire

/// The settings of `ngx_http_proxy_module`; initial values are the directives' defaults.
struct ProxySettings: Hashable, Sendable {
  var upstream = UpstreamSettings()
  var tls = UpstreamTLSSettings()
  var version = ProtocolVersion.http11

  /// Fields of the request, in the order of the configuration; an empty value removes one.
  var requestFields: [FieldTemplate] = []
  var method: Template?
  var body: Template?
  var redirects = ProxyRedirects()
  var cookies = ProxyCookies()

  // Only what blocks say differently most often.
  func hash(into hasher: inout Hasher) {
    hasher.combine(upstream)
    hasher.combine(version)
    hasher.combine(requestFields)
  }
}

/// A field with a value that may contain variables.
struct FieldTemplate: Hashable, Sendable {
  let name: ByteString
  let value: Template
}

extension ProxySettings {
  private static let everywhere: Contexts = [.http, .server, .location]

  static let directives: [Directive] =
    UpstreamSettings.directives("proxy", at: .proxy.upstream)
    + UpstreamTLSSettings.directives + ProxyRedirects.directives + ProxyCookies.directives
    + ownDirectives + cacheDirectives + withoutEffect

  private static let ownDirectives: [Directive] = [
    Directive(
      "proxy_pass", "URL", count: 1...1, in: [.location, .ifInLocation, .limitExcept],
      "Passes requests to a server or a group of servers.", apply: ProxyPass.read),
    Directive(
      "proxy_http_version", .httpVersion, sets: .proxy.version, in: everywhere,
      "The version of HTTP that is spoken with upstream servers."),
    Directive(
      "proxy_set_header", .field, appendsTo: .proxy.requestFields, in: everywhere,
      "Sets a field of the request sent upstream. An empty value removes the field."),
    Directive(
      "proxy_method", .template("method"), sets: .proxy.method, in: everywhere,
      "The method of the request sent upstream, in place of the client's."),
    Directive(
      "proxy_set_body", .inheritedTemplate("value"), sets: .proxy.body, in: everywhere,
      "The body of the request sent upstream, in place of the client's."),
  ]

  private static let cacheDirectives: [Directive] = [
    Directive(
      "proxy_cache_convert_head", .flag, sets: .proxy.upstream.cache.convertsHead,
      in: everywhere,
      "Whether `HEAD` is sent as `GET` where the response can be kept.")
  ]

  private static let withoutEffect: [Directive] = [
    Directive(
      withoutEffect: "proxy_max_temp_file_size", .offset, in: everywhere,
      "The most of a response that nginx keeps in a file; here reading waits for the client."),
    Directive(
      withoutEffect: "proxy_temp_file_write_size", .size, in: everywhere,
      "How much nginx writes to such a file at a time."),
    Directive(
      withoutEffect: "proxy_temp_path", .texts("path [level ...]"), in: everywhere,
      "Where nginx keeps such files."),
    Directive(
      withoutEffect: "proxy_headers_hash_max_size", .number, in: everywhere,
      "Tunes a table of nginx."),
    Directive(
      withoutEffect: "proxy_headers_hash_bucket_size", .number, in: everywhere,
      "Tunes a table of nginx."),
    Directive(
      withoutEffect: "proxy_socket_keepalive", .flag, in: everywhere,
      "Asks the system to probe idle connections to upstream servers."),
    Directive(
      withoutEffect: "proxy_send_lowat", .size, in: everywhere,
      "Concerns other systems than Linux."),
  ]
}

extension ArgumentType where Value == ProtocolVersion {
  static var httpVersion: Self {
    Self("1.0 | 1.1") { (statement, _) throws(Diagnostic) in
      switch statement.arguments[0].text {
      case "1.0": return .http10
      case "1.1": return .http11
      case "2":
        throw .unsupported(
          "HTTP/2 to upstream servers", at: statement, word: statement.arguments[0])
      default: throw .invalidValue(statement.arguments[0], of: statement)
      }
    }
  }
}

extension ArgumentType where Value == FieldTemplate {
  /// The name of a field and its value.
  static var field: Self {
    Self("field value", count: 2...2) { statement, level in
      FieldTemplate(
        name: statement.arguments[0].text,
        value: level.inheritedTemplate(statement.arguments[1], of: statement))
    }
  }
}
