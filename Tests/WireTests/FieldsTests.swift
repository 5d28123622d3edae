import Bytes
import Testing

@testable import Wire

@Suite struct FieldsTests {
  private let lines =
    "Host: h\r\nX-Real-IP: 1\r\nX-REAL-ip: 2\r\nX-Real: 3\r\nVary: \r\nTE: GZIP\r\n"

  @Test(
    arguments: [
      ("host", ["h"]), ("x-real-ip", ["1", "2"]), ("x-real", ["3"]), ("vary", [""]), ("via", []),
    ] as [(ByteString, [ByteString])])
  func `lines are found by name, in any case and in order`(
    name: ByteString, values: [ByteString]
  ) throws {
    let fields = try #require(try fields(lines))
    let name = FieldName(name)
    #expect(fields.values(of: name) == values)
    #expect(fields.contains(name) == !values.isEmpty)
    guard name.known != .other else { return }
    #expect(fields.count(of: name.known) == values.count)
    #expect(fields.value(of: name.known) == values.first)
    let output = ByteBuffer(capacity: 64)
    #expect(
      fields.appendJoinedValues(of: name.known, separator: "; ", to: output) == !values.isEmpty)
    #expect(output.allBytes.string == values.map(\.string).joined(separator: "; "))
  }

  @Test(
    arguments: [("x_real_ip", "1, 2"), ("host", "h"), ("x-real-ip", nil), ("x_real_i", nil)]
      as [(ByteString, ByteString?)])
  func `lines are found by a variable's spelling`(spelling: ByteString, joined: ByteString?) throws
  {
    let fields = try #require(try fields(lines))
    #expect(joinedValues(fields, spelling) == joined)
  }

  @Test(arguments: [253, 254, 255, 256, 300])
  func `lines are found behind many others, removed or not`(place: Int) throws {
    let others = (0..<place).map { "X-\($0): \($0)\r\n" }.joined()
    let fields = try #require(try fields(others + "Host: a\r\nX: x\r\nHost: b\r\nVia: v\r\n"))
    #expect(fields.firstIndex(of: .host) == place)
    #expect(fields.firstIndex(of: .via) == place + 3)
    #expect(fields.values(of: FieldName("host")) == ["a", "b"])
    fields.remove(.via)
    #expect(fields.firstIndex(of: .via) == nil)
    #expect(fields.firstIndex(of: .te) == nil)
  }

  @Test func `lines are found after memory was given up`() throws {
    let fields = try #require(try fields(lines))
    fields.shrinkToFit()
    #expect(fields.value(of: .host) == "h")
    let start = fields.buffer.count
    fields.buffer.append("Via: v\r\n")
    #expect(fields.buffer.count == start + 8)
    #expect(fields.values(of: FieldName("x-real-ip")) == ["1", "2"])
  }

  @Test func `lists without lines give up their memory and grow again`() throws {
    let fields = try #require(try fields(lines))
    let line = fields[0]
    fields.removeAllLines()
    fields.shrinkToFit()
    #expect(fields.count == 0 && fields.firstIndex(of: .host) == nil)
    fields.append(line)
    #expect(fields.firstIndex(of: line.known) == 0)
  }

  @Test func `a value is compared without case`() throws {
    let fields = try #require(try fields(lines))
    #expect(fields.value(of: .te, isIgnoringCase: "gzip"))
    #expect(!fields.value(of: .te, isIgnoringCase: "gzi"))
    #expect(!fields.value(of: .via, isIgnoringCase: ""))
  }

  @Test func `the next line of a name is found, unless it was removed`() throws {
    let fields = try #require(try fields(lines + "X-Real-IP: 3\r\n"))
    let first = try #require(fields.firstIndex(of: .xRealIP))
    let next = try #require(fields.nextIndex(of: .xRealIP, behind: first))
    #expect(fields.value(of: fields[first]) == "1" && fields.value(of: fields[next]) == "2")
    fields[next].isRemoved = true
    #expect(
      fields.nextIndex(of: .xRealIP, behind: first).map { fields.value(of: fields[$0]) } == "3")
    fields[first].isRemoved = true
    #expect(fields.value(of: .xRealIP) == "3")
    #expect(fields.nextIndex(of: .host, behind: 0) == nil)
    fields.removeAllLines()
    #expect(fields.firstIndex(of: .xRealIP) == nil && !fields.contains(.host))
  }

  @Test func `removed lines are passed over by everything`() throws {
    let fields = try #require(try fields(lines))
    fields.remove(.xRealIP)
    var names: [ByteString] = []
    fields.forEach { names.append(fields.name(of: $0)) }
    #expect(names == ["Host", "X-Real", "Vary", "TE"])
    #expect(fields.firstIndex(of: .xRealIP) == nil)
    #expect(joinedValues(fields, "x_real_ip") == nil)
  }
}
