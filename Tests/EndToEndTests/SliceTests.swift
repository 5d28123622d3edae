import Foundation
import Testing

/// Responses that are asked for in slices, with and without a cache.
@Suite struct SliceTests {
  private let prefix: TemporaryFolder
  private let proxy: Proxy
  private let port: Int
  private static let text = String((0..<1000).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
    let origin = try FreePorts.take()
    try prefix.write(Self.text, to: "files/t")
    proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http {
        access_log off;
        proxy_cache_path cache keys_zone=c:1m;
        log_format range '$http_range';
        server { listen 127.0.0.1:\(origin); access_log ranges.log range;
          location / { root \(prefix.path)/files; }
          location /whole { max_ranges 0; alias \(prefix.path)/files/t; }
          location /wrong { add_header Content-Range 'bytes 1-300/1000'; return 206 wrong; }
        }
        server {
        listen 127.0.0.1:\(port);
        slice 300;
        proxy_set_header Range $slice_range;
        proxy_cache_key $uri$slice_range;
        proxy_cache_valid 200 206 1h;
        add_header X-Cache $upstream_cache_status;
        location / { proxy_pass http://127.0.0.1:\(origin); }
        location /kept/ { proxy_pass http://127.0.0.1:\(origin)/; proxy_cache c; }
        }
        }

        """)
  }

  private func get(_ path: String, _ fields: String...) throws -> Message? {
    let client = try Client(port: port)
    let lines = ["GET \(path) HTTP/1.1", "Host: a"] + fields + ["", ""]
    client.send(lines.joined(separator: "\r\n"))
    return client.readResponse()
  }

  @Test func `a response is put together from its slices`() throws {
    let response = try get("/t")
    #expect(response?.status == 200 && response?.text == Self.text)
    #expect(response?["Content-Length"] == "1000" && response?["Content-Range"] == nil)
    proxy.stop()
    let ranges = prefix.read("ranges.log").split(separator: "\n")
    #expect(ranges == ["bytes=0-299", "bytes=300-599", "bytes=600-899", "bytes=900-1199"])
  }

  @Test func `only the slices of a range are asked for`() throws {
    let response = try get("/t", "Range: bytes=350-620")
    #expect(response?.status == 206 && response?["Content-Range"] == "bytes 350-620/1000")
    #expect(response?.text == String(Self.text.dropFirst(350).prefix(271)))
    let end = try get("/t", "Range: bytes=-50")
    #expect(end?.text == String(Self.text.suffix(50)))
    proxy.stop()
    let ranges = prefix.read("ranges.log").split(separator: "\n")
    #expect(
      ranges == ["bytes=300-599", "bytes=600-899", "bytes=0-299", "bytes=900-1199"])
  }

  @Test func `slices are kept one by one`() throws {
    #expect(try get("/kept/t", "Range: bytes=0-10")?["X-Cache"] == "MISS")
    let response = try get("/kept/t")
    #expect(response?["X-Cache"] == "HIT" && response?.text == Self.text)
    #expect(try get("/kept/t")?.text == Self.text)
    proxy.stop()
    #expect(prefix.read("ranges.log").split(separator: "\n").count == 4)
  }

  @Test func `a first slice that is kept and not wanted moves nothing`() throws {
    let tag = try #require(try get("/kept/t")?["ETag"])
    for _ in 0..<2 {
      #expect(try get("/kept/t", "Range: bytes=-50")?.text == String(Self.text.suffix(50)))
      let part = try get("/kept/t", "Range: bytes=610-620", "If-Range: \(tag)")
      #expect(part?["Content-Range"] == "bytes 610-620/1000" && part?["X-Cache"] == "HIT")
      #expect(part?.text == String(Self.text.dropFirst(610).prefix(11)))
    }
    proxy.stop()
    #expect(prefix.read("ranges.log").split(separator: "\n").count == 4)
  }

  @Test func `a server that knows no ranges sends everything, and a wrong slice nothing`() throws {
    #expect(try get("/whole")?.text == Self.text)
    #expect(try get("/wrong") == nil)
    proxy.stop()
    #expect(prefix.read("error.log").contains("unexpected range in slice response: 1-301"))
  }
}
