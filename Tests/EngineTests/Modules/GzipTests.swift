import Bytes
import Testing

@testable import Engine

@Suite struct GzipTests {
  private static let text = String(repeating: "compress me ", count: 20)

  private func reply(_ fields: String, _ directives: String) throws -> String {
    try answer(
      "GET / HTTP/1.1\nHost: h" + fields,
      server: "default_type text/html; \(directives) location / { return 200 '\(GzipTests.text)'; }"
    )
  }

  @Test(
    arguments: [
      ("\nAccept-Encoding: gzip", "gzip on;", true),
      ("\nAccept-Encoding: br, gzip;q=0.5", "gzip on;", true),
      ("\nAccept-Encoding: *", "gzip on;", true),
      ("\nAccept-Encoding: gzip;q=0, *", "gzip on;", false),
      ("\nAccept-Encoding: x-gzip", "gzip on;", false),
      ("", "gzip on;", false),
      ("\nAccept-Encoding: gzip", "", false),
      ("\nAccept-Encoding: gzip", "gzip on; gzip_min_length 1000;", false),
      ("\nAccept-Encoding: gzip\nVia: 1.1 proxy", "gzip on;", false),
      ("\nAccept-Encoding: gzip\nVia: 1.1 proxy", "gzip on; gzip_proxied any;", true),
      ("\nAccept-Encoding: gzip\nUser-Agent: Old/1", "gzip on; gzip_disable ^old;", false),
    ])
  func `a response is compressed where the client and the settings allow it`(
    fields: String, directives: String, isCompressed: Bool
  ) throws {
    #expect(try reply(fields, directives).contains("Content-Encoding: gzip") == isCompressed)
  }

  @Test func `caches are told what the choice depends on`() throws {
    let plain = try reply("", "gzip on; gzip_vary on;")
    #expect(plain.contains("Vary: Accept-Encoding"))
    #expect(plain.hasSuffix(GzipTests.text))
  }

  @Test func `what was compressed can be decompressed again`() throws {
    let input = ByteBuffer(capacity: 8)
    input.append(ByteString(GzipTests.text))
    let compressed = try #require(Compressor.compressed(input, level: 9))
    #expect(compressed.count < GzipTests.text.utf8.count)
    let output = ByteBuffer(capacity: 8)
    let decompressor = try #require(Decompressor())
    try decompressor.filter(compressed, into: output, isLast: true)
    #expect(output.allBytes.string == GzipTests.text)
  }

  @Test func `a member that ends early is no whole body`() throws {
    let input = ByteBuffer(capacity: 8)
    input.append(ByteString(GzipTests.text))
    let compressed = try #require(Compressor.compressed(input, level: 1))
    compressed.truncate(to: compressed.count - 4)
    let decompressor = try #require(Decompressor())
    #expect(throws: Failure.aborted) {
      try decompressor.filter(compressed, into: ByteBuffer(capacity: 8), isLast: true)
    }
  }

  @Test(arguments: [
    ("gzip_comp_level 10;", "value must be between 1 and 9"),
    ("gzip_http_version 2;", #"invalid value "2""#),
    ("gzip_proxied sometimes;", #"invalid value "sometimes""#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(http: text).messages == [message])
  }
}
