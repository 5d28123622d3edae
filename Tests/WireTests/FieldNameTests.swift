import Bytes
import Testing

@testable import Wire

@Suite struct FieldNameTests {
  @Test func `case and the spelling of a variable make no other hash`() {
    let name = FieldName("X-Real-IP")
    #expect(name.bytes == "x-real-ip")
    #expect(name == .xRealIP)
    #expect(FieldName.hash(of: "x_real_ip") == name.hash)
    #expect(FieldName.hash(of: "x_real_iq") != name.hash)
  }

  @Test func `a hash can be made byte by byte`() {
    let hash = "Host".utf8.reduce(FieldName.seed) { FieldName.extend($0, by: $1) }
    #expect(hash == FieldName.host.hash)
  }
}
