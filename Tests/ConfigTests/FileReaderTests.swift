import Bytes
import Config
import Foundation
import Testing

@Suite struct FileReaderTests {
  private let folder = (#filePath as NSString).deletingLastPathComponent

  @Test func `a file is read whole`() throws {
    let bytes = try DiskReader().bytes(of: #filePath)
    #expect(bytes.string == (try String(contentsOfFile: #filePath, encoding: .utf8)))
  }

  @Test func `a file that is not there has its reason`() {
    #expect(throws: ReadError.self) { try DiskReader().bytes(of: folder + "/no-such-file") }
    #expect(throws: ReadError.self) { try DiskReader().bytes(of: folder) }
  }

  @Test func `a mask names files in order, or none`() throws {
    let names = try DiskReader().paths(matching: folder + "/File*.swift")
    #expect(names == [#filePath])
    #expect(try DiskReader().paths(matching: folder + "/*.none") == [])
  }

  @Test func `a FIFO is read up to its end`() throws {
    let path = "/tmp/apus-fifo-\(getpid())"
    defer { unlink(path) }
    #expect(mkfifo(path, 0o600) == 0)
    #expect(system("(printf 'sec'; printf ret) > \(path) &") == 0)
    #expect(try DiskReader().bytes(of: path) == "secret")
  }
}
