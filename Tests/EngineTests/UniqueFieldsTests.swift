import Bytes
import Testing
import Wire

@testable import Engine

@Suite struct UniqueFieldsTests {
  @Test(
    arguments: [
      (["If-Match", "Expect", "Authorization"], false), (["Accept", "Accept"], false),
      (["If-Match", "A", "if-match"], true), (["AUTHORIZATION", "Authorization"], true),
      (["If-Range", "If-Match", "If-None-Match"], false), ([], false),
    ] as [([ByteString], Bool)])
  func `some fields may be sent only once`(names: [ByteString], isRepeated: Bool) {
    let fields = Fields(buffer: ByteBuffer(capacity: 64))
    for name in names { fields.append(name, "x") }
    #expect(UniqueFields.isAnyRepeated(in: fields) == isRepeated)
  }
}
