import Bytes
import CLinux
import Config
import Foundation
import Sockets
import Testing

@testable import Server

struct ConfigurationBundleTests {
  private let folder = NSTemporaryDirectory() + "apus-bundle-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try "content".write(toFile: "\(folder)/a.conf", atomically: false, encoding: .utf8)
  }

  private func recorded() -> RecordingReader {
    let reader = RecordingReader()
    _ = try? reader.bytes(of: "\(folder)/a.conf")
    _ = try? reader.bytes(of: "\(folder)/none")
    _ = try? reader.paths(matching: "\(folder)/*.conf")
    _ = reader.addresses(of: "127.0.0.1")
    _ = reader.addresses(of: "no such host")
    return reader
  }

  @Test func `what was found on the disk is found again in the bundle`() throws {
    let file = try recorded().bundle.sealed()
    try FileManager.default.removeItem(atPath: folder)
    let reader = BundledReader(bundle: try ConfigurationBundle(readingFrom: file))
    #expect(try reader.bytes(of: "\(folder)/a.conf") == "content")
    #expect(throws: ReadError(call: "open()", code: ENOENT)) {
      try reader.bytes(of: "\(folder)/none")
    }
    #expect(try reader.paths(matching: "\(folder)/*.conf") == ["\(folder)/a.conf"])
    #expect(reader.addresses(of: "127.0.0.1") == [.loopback(port: 0)])
    #expect(reader.addresses(of: "no such host").isEmpty)
  }

  @Test func `a file that nobody asked for is not there`() throws {
    let reader = BundledReader(bundle: ConfigurationBundle())
    #expect(throws: ReadError.self) { try reader.bytes(of: "/etc/passwd") }
    #expect(try reader.paths(matching: "/etc/*").isEmpty)
  }

  @Test func `a file is read once, so that all see the same`() throws {
    let reader = recorded()
    try "changed".write(toFile: "\(folder)/a.conf", atomically: false, encoding: .utf8)
    #expect(try reader.bytes(of: "\(folder)/a.conf") == "content")
  }

  @Test func `nobody can change a bundle`() throws {
    let file = try recorded().bundle.sealed()
    #expect(pwrite(file.number, "x", 1, 0) == -1)
    #expect(linux_errno() == EPERM)
    #expect(ftruncate(file.number, 0) == -1)
  }

  @Test func `a bundle that is cut short is refused`() throws {
    let file = Descriptor(adopting: linux_memory_file("test"))
    #expect(write(file.number, [1, 0, 0] as [UInt8], 3) == 3)
    #expect(throws: ChannelError.self) { try ConfigurationBundle(readingFrom: file) }
  }
}
