import Bytes
import Config

@testable import Engine

/// One file that exists only in a test.
struct MemoryFile: FileReader {
  let text: String

  func bytes(of path: String) throws(ReadError) -> ByteString { ByteString(text) }
  func paths(matching pattern: String) throws(ReadError) -> [String] { [] }
}

/// Gives the statements of an `http` block their meaning.
///
/// - Parameter predecessor: The site that this one replaces; nil for none.
func load(http text: String, replacing predecessor: Site? = nil) -> LoadResult<Site> {
  let configuration = ConfigurationFiles.read(
    mainFile: "/etc/main.conf", folder: "/etc",
    reader: MemoryFile(text: "events {}\nhttp {\n\(text)\n}\n"))
  var options = LoadOptions(prefix: "/prefix/", configurationFolder: "/etc/")
  options.predecessor = predecessor
  return loadAndCheck(configuration, options)
}

extension LoadResult<Site> {
  /// The sentences of all diagnostics.
  var messages: [String] { diagnostics.map(\.message) }

  /// The settings of the only server.
  var serverSettings: Settings? {
    site?.listeners.first?.servers.defaultServer.settings
  }
}
