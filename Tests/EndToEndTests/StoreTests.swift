import Foundation
import Testing

/// Responses that are stored as files.
@Suite struct StoreTests {
  private let prefix: TemporaryFolder
  private let origin: Origin
  private let proxy: Proxy
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    origin = try Origin()
    port = try FreePorts.take()
    proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http {
        access_log off;
        server {
        listen 127.0.0.1:\(port);
        root \(prefix.path)/stored;
        proxy_store on; proxy_store_access all:r;
        location / { proxy_pass http://127.0.0.1:\(origin.port); }
        location /other { proxy_pass http://127.0.0.1:\(origin.port);
          proxy_store \(prefix.path)/other/$arg_name; }
        }
        }

        """)
  }

  private func get(_ path: String, method: String = "GET") throws -> Message? {
    let client = try Client(port: port)
    client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
    return client.readResponse(toHead: method == "HEAD")
  }

  @Test func `a whole response becomes a file, with its date and permissions`() throws {
    let date = "Last-Modified: Mon, 28 Sep 1970 06:00:00 GMT"
    origin.play([.raw(Origin.response("one", date))])
    #expect(try get("/a/b/c")?.text == "one")
    proxy.stop()
    #expect(prefix.read("stored/a/b/c") == "one")
    let facts = try FileManager.default.attributesOfItem(atPath: "\(prefix.path)/stored/a/b/c")
    #expect(facts[.modificationDate] as? Date == Date(timeIntervalSince1970: 23_349_600))
    #expect(facts[.posixPermissions] as? Int == 0o604)
    #expect(try names(in: "stored/a/b") == ["c"])
  }

  @Test func `a file has the name that variables give it, and leaves no folder by dots`() throws {
    origin.play([.raw(Origin.response("one")), .raw(Origin.response("two"))])
    #expect(try get("/other?name=x")?.text == "one")
    #expect(try get("/other?name=../../y")?.text == "two")
    proxy.stop()
    #expect(prefix.read("other/x") == "one" && !prefix.read("error.log").isEmpty)
    #expect(try names(in: "").contains("y") == false)
  }

  @Test func `other statuses, heads and broken responses leave nothing`() throws {
    origin.play([
      .raw(Origin.response("x", status: "404 N")),
      .raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"),
      .rawThenClose("HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\nabc"),
    ])
    #expect(try get("/a")?.status == 404)
    #expect(try get("/b", method: "HEAD")?.status == 200)
    _ = try get("/c")
    proxy.stop()
    #expect(try names(in: "stored") == [])
  }

  private func names(in folder: String) throws -> [String] {
    let path = "\(prefix.path)/\(folder)"
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: path)
  }
}
