import Bytes
import Sockets
import Wire

/// The parameters of FastCGI requests: those of the configuration, then the client's fields.
final class FastCGIParameters: Sendable {
  /// The configured parameters that are sent.
  private let configured: ConfiguredParameters

  /// The fields of the client that configured parameters replace, as variables spell them.
  private let replaced: Set<ByteString>
  private let replacedBits: UInt64

  /// Those of them that the program knows.
  private let replacedFields: KnownFieldSet

  /// The names of known fields as parameters have them, by ``KnownField/rawValue``.
  private let names: [ByteString]
  private static let names = KnownField.allCases.map { field in
    let name = ByteString(stringLiteral: field.name)
    return ByteString(stringLiteral: fieldPrefix)
      + ByteString(name.bytes.map { upperSpelling(of: $0) })
  }

  /// The names of known fields as variables spell them.
  private static let spellings = KnownField.allCases.map { field in
    ByteString(ByteString(stringLiteral: field.name).bytes.map { FieldName.spelling(of: $0) })
  }

  /// How the pair `HTTP_HOST` begins; nil where the configuration sets it.
  private let hostPair: ByteString?
  private let passesFields: Bool

  private static let fieldPrefix: StaticString = "HTTP_"
  private static let hostName: StaticString = "HTTP_HOST"

  init(_ settings: FastCGISettings) {
    names = FastCGIParameters.names
    passesFields = settings.upstream.passesRequestFields
    let fields = settings.parameters.filter { FastCGIParameters.isField($0) }
    // nginx: the client's `Host` never passes as it is, since it may contradict the request line.
    replaced = Set(fields.map { FastCGIParameters.fieldName(of: $0.name) } + ["host"])
    replacedBits = replaced.reduce(0) { $0 | FieldName.bit(of: FieldName.hash(of: $1)) }
    replacedFields = zip(KnownField.allCases, FastCGIParameters.spellings)
      .reduce(into: []) { [replaced] in if replaced.contains($1.1) { $0.insert($1.0) } }
    let hostName = ByteString(stringLiteral: FastCGIParameters.hostName)
    let setsHost = settings.parameters.contains { $0.name.equalsIgnoringCase(hostName) }
    hostPair = setsHost ? nil : FastCGIRecord.beginning(ofPair: hostName)
    configured = ConfiguredParameters(
      settings.parameters.filter { !(FastCGIParameters.isField($0) && $0.value.isAlwaysEmpty) })
  }

  /// Whether a parameter is one that a field of the client would give.
  private static func isField(_ parameter: FastCGIParameter) -> Bool {
    let prefix = ByteString(stringLiteral: fieldPrefix)
    return parameter.name.count > prefix.count && parameter.name.hasPrefix(prefix)
  }

  /// The field that a parameter stands for, as variables spell it.
  private static func fieldName(of parameter: ByteString) -> ByteString {
    parameter.dropFirst(fieldPrefix.utf8CodeUnitCount).lowercased
  }

  /// Appends the name-value pairs of a request, still without a record.
  func append(for exchange: Exchange, to output: ByteBuffer) {
    configured.append(for: exchange, to: output)
    if let hostPair { appendHost(of: exchange, behind: hostPair, to: output) }
    let cache = exchange.extras?.cache
    if let cache { appendConditions(of: cache, to: output) }
    if passesFields {
      appendFields(
        of: exchange.request.fields, forWhole: cache?.isCacheable ?? false, to: output)
    }
  }

  /// Asks whether a stored response is still good.
  private func appendConditions(of cache: CacheAttempt, to output: ByteBuffer) {
    let conditions: [(ByteString, ByteString?)] = [
      ("HTTP_IF_MODIFIED_SINCE", cache.confirmedDate), ("HTTP_IF_NONE_MATCH", cache.confirmedTag),
    ]
    for (name, value) in conditions {
      guard let value, !replaced.contains(FastCGIParameters.fieldName(of: name)) else { continue }
      FastCGIRecord.appendPair(name, value, to: output)
    }
  }

  /// The host that the request is for, with the port that the client wrote.
  private func appendHost(
    of exchange: Exchange, behind beginning: ByteString, to output: ByteBuffer
  ) {
    let start = output.count
    output.append(beginning)
    let valueStart = output.count
    exchange.appendHost(to: output)
    if let port = exchange.port {
      output.append(UInt8(ascii: ":"))
      output.append(decimal: Int(port))
    }
    guard output.count > valueStart else { return output.truncate(to: start) }
    FastCGIRecord.endPair(
      nameCount: FastCGIParameters.hostName.utf8CodeUnitCount, valueStart: valueStart, in: output)
  }

  // MARK: - The client's fields

  /// Appends `HTTP_…` for each field; a field of several lines becomes one list (RFC 3875,
  /// section 4.1.18).
  private func appendFields(
    of fields: Fields, forWhole isForWhole: Bool, to output: ByteBuffer
  ) {
    for index in 0..<fields.count {
      let line = fields[index]
      guard !line.isRemoved, !isReplaced(line, of: fields), isFirst(index, in: fields)
      else { continue }
      if isForWhole, CachePolicy.partialFields.contains(line.known) { continue }
      append(index, of: fields, to: output)
    }
  }

  private func isReplaced(_ line: FieldLine, of fields: Fields) -> Bool {
    if line.known != .other { return replacedFields.contains(line.known) }
    guard replacedBits & FieldName.bit(of: line.nameHash) != 0 else { return false }
    return replaced.contains(
      ByteString(line.name.range.map { FieldName.spelling(of: fields.buffer[$0]) }))
  }

  /// Whether no line before one has its name.
  private func isFirst(_ index: Int, in fields: Fields) -> Bool {
    let known = fields[index].known
    if known != .other { return fields.firstIndex(of: known) == index }
    for earlier in 0..<index where isSameName(earlier, index, in: fields) { return false }
    return true
  }

  /// The next line with the name of another; nil where there is none.
  private func nextLine(named index: Int, behind place: Int, in fields: Fields) -> Int? {
    let known = fields[index].known
    if known != .other { return fields.nextIndex(of: known, behind: place) }
    var later = place + 1
    while later < fields.count {
      if isSameName(later, index, in: fields) { return later }
      later += 1
    }
    return nil
  }

  private func isSameName(_ first: Int, _ second: Int, in fields: Fields) -> Bool {
    let (one, other) = (fields[first], fields[second])
    guard one.nameHash == other.nameHash, one.name.count == other.name.count, !one.isRemoved
    else { return false }
    let (start, otherStart) = (Int(one.name.start), Int(other.name.start))
    for offset in 0..<one.name.count
    where ASCII.lowercase(fields.buffer[start + offset])
      != ASCII.lowercase(fields.buffer[otherStart + offset])
    {
      return false
    }
    return true
  }

  private func append(_ index: Int, of fields: Fields, to output: ByteBuffer) {
    let line = fields[index]
    let next = nextLine(named: index, behind: index, in: fields)
    FastCGIRecord.appendLength(
      line.name.count + FastCGIParameters.fieldPrefix.utf8CodeUnitCount, to: output)
    FastCGIRecord.appendLength(
      next == nil ? line.value.count : joinedCount(of: index, in: fields), to: output)
    if line.known == .other {
      appendName(line.name.range, in: fields.buffer, to: output)
    } else {
      output.append(names[Int(line.known.rawValue)])
    }
    output.append(fields.buffer, in: line.value.range)
    if next != nil { appendLaterLines(of: index, in: fields, to: output) }
  }

  private func appendName(_ range: Range<Int>, in buffer: ByteBuffer, to output: ByteBuffer) {
    output.append(FastCGIParameters.fieldPrefix)
    for place in range { output.append(FastCGIParameters.upperSpelling(of: buffer[place])) }
  }

  /// A byte of a field's name as CGI spells it: in upper case, `-` as `_`.
  private static func upperSpelling(of byte: UInt8) -> UInt8 {
    if byte == UInt8(ascii: "-") { return UInt8(ascii: "_") }
    return byte &- UInt8(ascii: "a") < 26 ? byte & ~0x20 : byte
  }

  /// How long the values of all lines with a name are together.
  private func joinedCount(of index: Int, in fields: Fields) -> Int {
    var count = fields[index].value.count
    var next = nextLine(named: index, behind: index, in: fields)
    while let place = next {
      count += fields[place].value.count + 2
      next = nextLine(named: index, behind: place, in: fields)
    }
    return count
  }

  private func appendLaterLines(of index: Int, in fields: Fields, to output: ByteBuffer) {
    let isCookie = fields[index].known == .cookie
    var next = nextLine(named: index, behind: index, in: fields)
    while let place = next {
      output.append(isCookie ? "; " : ", ")
      output.append(fields.buffer, in: fields[place].value.range)
      next = nextLine(named: index, behind: place, in: fields)
    }
  }
}
