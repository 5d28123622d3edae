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
  let file = ByteString("events {} http { server { \(text) } }")
  var options = LoadOptions(prefix: "/prefix/", configurationFolder: "/prefix/conf/")
  options.opensFiles = false
  return Load.site(
    from: ConfigurationFiles.read(
      mainFile: "/main.conf", folder: "/", globalText: nil, reader: OneFile(text: file)),
    options: options)
}
