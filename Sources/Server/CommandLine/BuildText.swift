import Bytes
import Engine
import Sockets

/// What `-V` says is built in, in the form of nginx's `configure` arguments.
///
/// Scripts and nginx's own tests read it. A module of nginx counts as present where its first
/// directive is one of ours, so the text cannot claim what is not there.
enum BuildText {
  /// The modules that nginx has unless told otherwise, with a directive of each.
  private static let standard: [(module: String, directive: ByteString)] = [
    ("charset", "charset"), ("gzip", "gzip"), ("ssi", "ssi"), ("userid", "userid"),
    ("access", "allow"), ("auth_basic", "auth_basic"), ("mirror", "mirror"),
    ("autoindex", "autoindex"), ("geo", "geo"), ("map", "map"),
    ("split_clients", "split_clients"), ("referer", "valid_referers"), ("rewrite", "rewrite"),
    ("proxy", "proxy_pass"), ("fastcgi", "fastcgi_pass"), ("uwsgi", "uwsgi_pass"),
    ("scgi", "scgi_pass"), ("grpc", "grpc_pass"), ("memcached", "memcached_pass"),
    ("limit_conn", "limit_conn"), ("limit_req", "limit_req"), ("empty_gif", "empty_gif"),
    ("browser", "modern_browser"), ("upstream_hash", "hash"), ("upstream_ip_hash", "ip_hash"),
    ("upstream_least_conn", "least_conn"), ("upstream_random", "random"),
    ("upstream_keepalive", "keepalive"), ("upstream_zone", "zone"),
    ("upstream_sticky", "sticky"), ("upstream_least_time", "least_time"),
  ]

  /// The modules that nginx has where it is asked for them.
  private static let optional: [(module: String, directive: ByteString)] = [
    ("ssl", "ssl_certificate"), ("realip", "set_real_ip_from"), ("addition", "add_after_body"),
    ("sub", "sub_filter"), ("dav", "dav_methods"), ("gunzip", "gunzip"),
    ("gzip_static", "gzip_static"), ("auth_request", "auth_request"),
    ("random_index", "random_index"), ("secure_link", "secure_link"), ("slice", "slice"),
    ("stub_status", "stub_status"), ("mp4", "mp4"), ("flv", "flv"),
  ]

  /// The modules of `stream` that nginx has unless told otherwise.
  private static let ofStream: [(module: String, directive: ByteString)] = [
    ("limit_conn", "limit_conn"), ("access", "allow"), ("geo", "geo"), ("map", "map"),
    ("split_clients", "split_clients"), ("return", "return"), ("pass", "pass"), ("set", "set"),
    ("upstream_hash", "hash"), ("upstream_least_conn", "least_conn"),
    ("upstream_least_time", "least_time"), ("upstream_random", "random"),
    ("upstream_zone", "zone"),
  ]

  /// Those that nginx has where it is asked for them.
  private static let optionalOfStream: [(module: String, directive: ByteString)] = [
    ("ssl", "ssl_certificate"), ("realip", "set_real_ip_from"), ("ssl_preread", "ssl_preread"),
  ]

  private static var streamArguments: [String] {
    ["--with-stream"]
      + optionalOfStream.filter { isPresentInStream($0.directive) }
      .map { "--with-stream_\($0.module)_module" }
      + ofStream.filter { !isPresentInStream($0.directive) }
      .map { "--without-stream_\($0.module)_module" }
  }

  static var text: String {
    var arguments = optional.filter { isPresent($0.directive) }
      .map { "--with-http_\($0.module)_module" }
    arguments += standard.filter { !isPresent($0.directive) }
      .map { "--without-http_\($0.module)_module" }
    if isPresent("stream") { arguments += streamArguments }
    if isPresent("debug_connection") { arguments.append("--with-debug") }
    if !isPresent("proxy_cache") { arguments.append("--without-http-cache") }
    return """
      built with \(TLSContext.libraryVersion)
      TLS SNI support enabled
      configure arguments: \(arguments.joined(separator: " "))

      """
  }

  private static func isPresent(_ directive: ByteString) -> Bool {
    Catalogue.hasEffect(directive, in: [.main, .events, .http, .server, .location, .upstream])
  }

  private static func isPresentInStream(_ directive: ByteString) -> Bool {
    Catalogue.hasEffect(directive, in: [.stream, .serverInStream, .upstreamInStream])
  }
}
