import CLinux
import Testing

@testable import Sockets

@Suite struct SystemErrorTests {
  @Test(arguments: [
    ("connect", ECONNREFUSED, "connect() failed (111: Connection refused)"),
    ("bind() to 0.0.0.0:80", EACCES, "bind() to 0.0.0.0:80() failed (13: Permission denied)"),
    ("open(/x)", ENOENT, "open(/x) failed (2: No such file or directory)"),
  ])
  func `a failed call is logged in nginx's words`(call: String, code: CInt, text: String) {
    #expect(SystemError(call: call, code: code).description == text)
    #expect(StreamError.system(call, code).description == text)
  }

  @Test func `only negative results are failures`() throws {
    #expect(try SystemError.check("dup", 0) == 0)
    #expect(throws: SystemError(call: "close", code: EBADF)) {
      try SystemError.check("close", close(-1))
    }
  }
}
