import Bytes
import Config

@testable import Engine

/// A configuration that exists only in a test.
private struct OneFile: FileReader {
  let text: ByteString

  func bytes(of path: String) throws(ReadError) -> ByteString { text }
  func paths(matching pattern: String) throws(ReadError) -> [String] { [] }
}

/// Reads a configuration whose `server` block holds some text.
func load(server text: String) -> LoadResult {
  load(file: "events {} http { server { \(text) } }")
}

/// Reads a whole configuration.
func load(file text: String) -> LoadResult {
  let reader = OneFile(text: ByteString(text))
  var options = LoadOptions(prefix: "/prefix/", configurationFolder: "/prefix/conf/")
  options.opensFiles = false
  return Load.site(
    from: ConfigurationFiles.read(
      mainFile: "/main.conf", folder: "/", globalText: nil, reader: reader),
    options: options)
}
