import Bytes
import Config

/// What people call what nginx has under another name.
enum OtherNames {
  private static let webSocket =
    "WebSockets need no directive of their own: \"proxy_http_version 1.1; proxy_set_header Upgrade "
    + "$http_upgrade; proxy_set_header Connection upgrade;\" passes them on"

  /// Names without regard to case, and what to write.
  private static let names: [(names: String, advice: String)] = [
    (
      "websocket websockets websocket_support enable_websocket enable_websockets proxy_websocket "
        + "proxy_websockets", webSocket
    ),
    (
      "cors cors_enabled enable_cors",
      "nginx adds the fields of CORS one by one, such as \"add_header Access-Control-Allow-Origin "
        + "https://example.org always;\""
    ),
    (
      "redirect redirectpermanent permanent force_ssl force_https https_redirect ssl_redirect",
      "nginx redirects with \"return 301 https://$host$request_uri;\""
    ),
    ("port", "nginx takes its ports with \"listen\""),
    (
      "domain domains host hosts hostname server_alias serveralias vhost",
      "nginx takes the names of a server with \"server_name\""
    ),
    (
      "backend reverse_proxy proxypass proxypassreverse pass_proxy",
      "nginx passes requests on with \"proxy_pass http://address;\""
    ),
    ("documentroot document_root web_root", "nginx names the folder of files with \"root\""),
    ("directoryindex", "nginx names the files of folders with \"index\""),
    ("errordocument", "nginx names its pages of errors with \"error_page\""),
    ("customlog", "nginx names its log of requests with \"access_log\""),
    ("require order", "nginx admits clients with \"allow\" and \"deny\""),
    (
      "rewriterule rewritecond rewriteengine",
      "Apache's rules become \"rewrite\", \"return\", \"if\" or \"try_files\""
    ),
    (
      "upload_max_filesize max_upload_size upload_max_size max_body_size post_max_size",
      "nginx limits what clients send with \"client_max_body_size\""
    ),
  ]

  /// What to write in place of a name; nil where that is not known.
  static func advice(on name: ByteString) -> String? {
    let text = name.lowercased.string
    return names.first { $0.names.split(separator: " ").contains { $0 == text } }?.advice
  }
}

extension Advice {
  /// A name that nginx has another one for.
  @Sendable static func otherName(_ mistake: Mistake) -> Advice? {
    guard mistake.says("unknown directive") else { return nil }
    return OtherNames.advice(on: mistake.statement.name.text).map { .explanation($0) }
  }

  /// The directives of the block whose names have the parts of one that is unknown.
  @Sendable static func relatedNames(_ mistake: Mistake) -> Advice? {
    guard mistake.says("unknown directive"), let context = mistake.context else { return nil }
    let parts = mistake.statement.name.text.lowercased.split(on: UInt8(ascii: "_"))
      .map(\.string)
    guard parts.allSatisfy({ $0.utf8.count >= 3 }) else { return nil }
    let related = Catalogue.names(in: context).filter { name in
      let own = name.split(separator: "_")
      return parts.allSatisfy { part in own.contains { $0.hasPrefix(part) } }
    }
    let shown = related.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }.prefix(4)
    if shown.isEmpty { return nil }
    return .sentence(
      "this block may have \(shown.joined(separator: ", "))\(related.count > 4 ? ", ..." : "")")
  }
}
