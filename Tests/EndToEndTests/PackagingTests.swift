import Foundation
import Glibc
import Testing

/// What scripts/packaging holds can be used as it is.
@Suite(.enabled(if: !Binaries.subjectIsNginx)) struct PackagingTests {
  private let folder = "\(Binaries.packageFolder)/scripts/packaging"

  @Test(arguments: ["nginx.conf", "container.conf"])
  func `a configuration of a package passes the check`(name: String) throws {
    let prefix = try TemporaryFolder()
    let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    try prefix.write(text, to: "nginx.conf")
    let test = try run(
      [Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-t"])
    #expect(test.code == 0, "\(test.output)")
  }

  @Test func `the script that makes packages explains itself, and takes no other words`() throws {
    let script = "\(Binaries.packageFolder)/scripts/package"
    let help = try run([script, "--help"])
    #expect(help.code == 0)
    #expect(help.output.contains("scripts/package [--check ROOT"))
    #expect(try run([script, "--chekc"]).code == 2)
  }

  @Test(.enabled(if: isDebian12))
  func `every library that the program needs is asked for by name`() throws {
    let listed = try run(["readelf", "-d", Binaries.subject]).output
    let libraries = listed.split(separator: "\n").filter { $0.contains("(NEEDED)") }.compactMap {
      $0.split(separator: "[").last?.dropLast()
    }
    #expect(libraries.contains("libz.so.1"))
    let asking = try ["scripts/package", "scripts/packaging/Dockerfile", "README.md"].map {
      try String(contentsOfFile: "\(Binaries.packageFolder)/\($0)", encoding: .utf8)
    }
    for library in libraries where !library.hasPrefix("ld-linux") {
      let owners = try run(["dpkg", "-S", "*/\(library)"]).output.split(separator: "\n")
      let package = try #require(owners.first?.split(separator: ":").first)
      #expect(asking[0].contains(" \(package),") || asking[0].contains(" \(package)\n"))
      // The C library is there wherever anything is, and the C++ library brings its helper.
      guard package != "libc6", package != "libgcc-s1" else { continue }
      for text in asking { #expect(text.contains(package), "\(package)") }
    }
  }

  /// The packages are named as that release of Debian names them.
  private static var isDebian12: Bool {
    let version = try? String(contentsOfFile: "/etc/debian_version", encoding: .utf8)
    return version?.hasPrefix("12") == true && access("/usr/bin/readelf", X_OK) == 0
  }

  private static let analyzer = "/usr/bin/systemd-analyze"

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: analyzer)))
  func `systemd takes the unit`() throws {
    let scratch = try TemporaryFolder()
    let unit = try String(contentsOfFile: "\(folder)/apus.service", encoding: .utf8)
    try scratch.write(
      unit.replacing("/usr/sbin/apus", with: Binaries.subject), to: "apus.service")
    let verified = try run([Self.analyzer, "verify", "\(scratch.path)/apus.service"])
    #expect(verified.code == 0, "\(verified.output)")
    #expect(!verified.output.contains("apus.service:"), "\(verified.output)")
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: analyzer)))
  func `systemd takes what the README adds to the unit`() throws {
    let readme = try String(
      contentsOfFile: "\(Binaries.packageFolder)/README.md", encoding: .utf8)
    let lines = readme.split(separator: "```ini\n").last?.split(separator: "```\n").first ?? ""
    #expect(lines.hasPrefix("[Service]\n"))
    let scratch = try TemporaryFolder()
    let unit = try String(contentsOfFile: "\(folder)/apus.service", encoding: .utf8)
    // A later line of a section counts as one of a file beside the unit does.
    let both = unit.replacing("\n[Install]", with: "\n\(lines)\n[Install]")
    try scratch.write(
      both.replacing("/usr/sbin/apus", with: Binaries.subject), to: "apus.service")
    let verified = try run([Self.analyzer, "verify", "\(scratch.path)/apus.service"])
    #expect(verified.code == 0, "\(verified.output)")
    #expect(!verified.output.contains("apus.service:"), "\(verified.output)")
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: analyzer)))
  func `systemd finds the unit little exposed`() throws {
    // In tenths of 10, which is as bad as can be; nginx's unit has 96.
    let rated = try run([
      Self.analyzer, "security", "--offline=true", "--threshold=40", "--no-pager",
      "\(folder)/apus.service",
    ])
    #expect(rated.code == 0, "\(rated.output.suffix(200))")
  }

  @Test func `a service manager is told of the start, of reloads and of the end`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let manager = try DatagramSocket(path: "\(prefix.path)/notify")
    let text = "http { access_log off; server { listen 127.0.0.1:\(port); return 200 a; } }"
    try prefix.write(Proxy.preamble(loops: 1) + text, to: "nginx.conf")
    let command = [
      Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log",
    ]
    let program = try Program(
      command, output: "\(prefix.path)/output",
      environment: ["NOTIFY_SOCKET": "\(prefix.path)/notify"])
    #expect(manager.receive()?.hasPrefix("READY=1\nSTATUS=Configuration 1 is in use.") == true)
    #expect(try run(command + ["-s", "reload"]).code == 0)
    #expect(manager.receive()?.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") == true)
    #expect(manager.receive()?.hasPrefix("READY=1\nSTATUS=Configuration 2 is in use.") == true)
    program.send(SIGTERM)
    #expect(manager.receive() == "STOPPING=1")
    #expect(program.waitForExit(within: 10) == 0)
  }

  @Test func `a service manager watches the process that has the sockets`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let manager = try DatagramSocket(path: "\(prefix.path)/notify")
    let text = "http { access_log off; server { listen 127.0.0.1:\(port); return 200 a; } }"
    try prefix.write(Proxy.preamble(loops: 1) + text, to: "nginx.conf")
    let program = try Program(
      [Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log"],
      output: "\(prefix.path)/output",
      environment: ["NOTIFY_SOCKET": "\(prefix.path)/notify"])
    let old = program.processID
    func watched() -> pid_t? {
      let lines = manager.receive()?.split(separator: "\n") ?? []
      return lines.last { $0.hasPrefix("MAINPID=") }.flatMap { pid_t($0.dropFirst(8)) }
    }
    #expect(manager.receive()?.hasPrefix("READY=1\n") == true)
    program.send(SIGUSR2)
    let new = try #require(watched())
    #expect(new != old)
    // Back: the end of the new one is not that of the program.
    kill(new, SIGQUIT)
    #expect(watched() == old)
    program.send(SIGUSR2)
    let last = try #require(watched())
    // For good: neither is that of the old one.
    program.send(SIGQUIT)
    #expect(wait { !isAlive(old) })
    kill(last, SIGTERM)
    #expect(manager.receive() == "STOPPING=1")
    #expect(program.waitForExit(within: 10) == 0)
  }
}

/// A Unix datagram socket that waits for messages, each for a limited time.
private final class DatagramSocket {
  private let descriptor: CInt

  init(path: String) throws {
    descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
    closeOnExec(descriptor)
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0 else { throw HarnessError("bind \(path): \(lastError())") }
  }

  deinit { close(descriptor) }

  func receive() -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    var count = 0
    // A process that was stopped meanwhile finds its wait interrupted (signal(7)).
    repeat { count = recv(descriptor, &buffer, buffer.count, 0) } while count < 0 && errno == EINTR
    return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
  }
}
