import Bytes
import Config
import Testing

@testable import Engine

/// A configuration that exists only in a test.
private struct OneFile: FileReader {
  let text: ByteString

  func bytes(of path: String) throws(ReadError) -> ByteString { text }
  func paths(matching pattern: String) throws(ReadError) -> [String] { [] }
}

/// Reads a configuration whose `server` block holds some text.
func load(server text: String) -> LoadResult<Site> {
  load(file: "events {} http { server { \(text) } }")
}

/// Reads a whole configuration.
func load(file text: String) -> LoadResult<Site> {
  let reader = OneFile(text: ByteString(text))
  var options = LoadOptions(prefix: "/prefix/", configurationFolder: "/prefix/conf/")
  options.opensFiles = false
  return loadAndCheck(
    ConfigurationFiles.read(
      mainFile: "/main.conf", folder: "/", globalText: nil, reader: reader),
    options)
}

/// Makes a site of a configuration; what only looks at it must find the same.
func loadAndCheck(
  _ configuration: ParsedConfiguration, _ options: LoadOptions
) -> LoadResult<Site> {
  let result = Load.site(from: configuration, options: options)
  let outline = Load.outline(of: configuration, options: options)
  #expect(outline.diagnostics == result.diagnostics)
  #expect((outline.made == nil) == (result.site == nil))
  #expect(outline.made?.logFiles.map(\.path) == result.site?.logFiles.map(\.path))
  #expect(outline.made?.endpoints.map(\.address) == result.site?.endpoints.map(\.address))
  return result
}
