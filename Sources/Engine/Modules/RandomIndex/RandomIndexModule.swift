import Bytes
import CLinux
import Sockets
import Wire

extension Module {
  /// Answers for a folder with any of its files.
  static let randomIndex: Module = {
    var module = Module("ngx_http_random_index_module")
    module.directives = [
      Directive(
        "random_index", .flag, sets: .randomIndex.isOn, in: .location,
        "Whether a folder is answered for with any of its files.")
    ]
    module.content = { $0.randomIndex.isOn ? RandomIndexHandler() : nil }
    return module
  }()
}

/// The settings of `ngx_http_random_index_module`.
package struct RandomIndexSettings: Sendable {
  var isOn = false

  package init() {}
}

/// Answers for a folder with any of its files that is not hidden.
struct RandomIndexHandler: Handler {
  func respond(to exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    guard exchange.path.bytes.last == UInt8(ascii: "/"),
      [.get, .head, .post].contains(exchange.method)
    else { return .declined }
    let path = try RequestedFile.path(for: exchange)
    let folder: [FolderEntry]
    switch FolderEntry.all(of: path) {
    case .success(let entries): folder = entries
    case .failure(let error): throw FolderEntry.refusal(error, path, exchange)
    }
    let files = folder.filter { $0.facts.kind == .regular }
    guard let file = files.randomElement() else { return .declined }
    return try exchange.redirect(to: exchange.path + file.name, query: exchange.query)
  }
}
