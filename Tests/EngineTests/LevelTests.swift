import Bytes
import Testing

@testable import Engine

@Suite struct LevelTests {
  private let level = Level(
    context: .http,
    load: Load(options: LoadOptions(prefix: "/prefix/", configurationFolder: "/prefix/conf/")),
    inheriting: Inherited(Settings()))

  @Test(
    arguments: [("a", "/prefix/a", "/prefix/conf/a"), ("/a", "/a", "/a")]
      as [(ByteString, ByteString, ByteString)])
  func `relative paths start at the prefix or beside the configuration`(
    path: ByteString, below: ByteString, beside: ByteString
  ) {
    #expect(level.pathBelowPrefix(path) == below)
    #expect(level.pathBesideConfiguration(path) == beside)
  }
}
