import Foundation
import Glibc
import Testing

/// A cache whose disk is full: clients notice nothing.
@Suite(.serialized, .enabled(if: !Binaries.subjectIsNginx)) struct FullCacheTests {
  private let prefix: TemporaryFolder
  private let origin: Origin
  private let port: Int
  private let large = String(repeating: "0123456789", count: 20_000)

  init() throws {
    prefix = try TemporaryFolder()
    origin = try Origin()
    port = try FreePorts.take()
  }

  /// Whether a disk of a test's own may be had.
  private static let canMount =
    (try? run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]).code) == 0

  /// Starts the program behind some words of another one's.
  private func start(_ words: String...) throws -> Program {
    try FileManager.default.createDirectory(
      atPath: "\(prefix.path)/cache", withIntermediateDirectories: false)
    let configuration = """
      http {
      access_log off;
      proxy_cache_path cache levels=1:2 keys_zone=c:1m;
      server {
      listen 127.0.0.1:\(port);
      proxy_cache c;
      proxy_cache_key $request_uri;
      proxy_cache_valid 1h;
      add_header X-Cache $upstream_cache_status always;
      location / { proxy_pass http://127.0.0.1:\(origin.port); }
      }
      }
      """
    try prefix.write(Proxy.preamble(loops: 1) + configuration, to: "nginx.conf")
    let command = "\(Binaries.subject) -p \(prefix.path)/ -c nginx.conf -e error.log"
    let program = try Program(
      words + command.split(separator: " ").map { String($0) }, output: "\(prefix.path)/output")
    try program.waitForFile("nginx.pid", in: prefix.path)
    #expect(wait { program.worker != nil })
    return program
  }

  /// Asks the origin, or the cache, for a page.
  private func get(_ path: String, _ text: String) throws -> String? {
    origin.play([.raw(Origin.response(text))])
    let client = try Client(port: port)
    client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
    let response = client.readResponse()
    #expect(response?.status == 200)
    #expect(response?.text == text)
    return response?["X-Cache"]
  }

  /// The lines about failures.
  private var failures: [Substring] {
    prefix.errorLogLines.filter {
      $0.contains("[crit]") || $0.contains("[alert]") || $0.contains("[error]")
    }
  }

  /// The files of a folder, at whatever depth.
  private func files(in folder: String) -> [String] {
    let found = FileManager.default.enumerator(atPath: folder)
    return (found?.compactMap { $0 as? String } ?? []).filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(folder)/\($0)", isDirectory: &isFolder)
        && !isFolder.boolValue
    }
  }

  @Test(.enabled(if: canMount, "a small disk needs the right to mount one"))
  func `a full disk costs nobody a response, and leaves nothing behind`() throws {
    // The disk is there for the program alone; it is gone with it.
    let mount = "mount -t tmpfs -o size=256k none '\(prefix.path)/cache' && exec \"$@\""
    let program = try start("unshare", "-m", "sh", "-c", mount, "sh")
    let worker = try #require(program.worker)
    let folder = "/proc/\(program.processID)/root\(prefix.path)/cache"
    #expect(try get("/fits", large) == "MISS")
    #expect(try get("/fits", large) == "HIT")
    #expect(files(in: folder).count == 1)
    let sentence =
      "in the cache \"\(prefix.path)/cache\" failed (28: No space left on device)"
    #expect(try get("/large", large) == "MISS")
    #expect(files(in: folder).count == 1)
    #expect(failures.count == 1)
    #expect(failures.allSatisfy { $0.contains("[crit]") && $0.contains("write() " + sentence) })
    // Nothing of it counts as stored.
    #expect(try get("/large", large) == "MISS")
    #expect(failures.count == 2)
    // Not even one block is left.
    #expect(try run(["dd", "if=/dev/zero", "of=\(folder)/filler"]).code != 0)
    #expect(try get("/small", "a few bytes") == "MISS")
    #expect(try get("/small", "a few bytes") == "MISS")
    #expect(failures.count == 4)
    #expect(failures.allSatisfy { $0.contains(sentence) })
    #expect(files(in: folder).count == 2)
    #expect(unlink("\(folder)/filler") == 0)
    #expect(try get("/small", "a few bytes") == "MISS")
    #expect(try get("/small", "a few bytes") == "HIT")
    #expect(try get("/fits", large) == "HIT")
    #expect(program.descendants == [worker])
    program.send(SIGQUIT)
    #expect(program.waitForExit(within: 10) == 0)
  }

  @Test func `a file that may not grow costs nobody a response either`() throws {
    let program = try start("env", "--ignore-signal=XFSZ")
    let worker = try #require(program.worker)
    #expect(try run(["prlimit", "--pid", "\(worker)", "--fsize=100000:"]).code == 0)
    #expect(try get("/large", large) == "MISS")
    #expect(files(in: "\(prefix.path)/cache") == [])
    #expect(failures.count == 1)
    #expect(
      failures.allSatisfy {
        $0.contains("[crit]") && $0.contains("/cache\" failed (27: File too large)")
      })
    #expect(try get("/large", large) == "MISS")
    #expect(try get("/small", "a few bytes") == "MISS")
    #expect(try get("/small", "a few bytes") == "HIT")
    #expect(program.descendants == [worker])
    program.send(SIGQUIT)
    #expect(program.waitForExit(within: 10) == 0)
  }
}
