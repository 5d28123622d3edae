import Bytes
import Sockets
import Wire

/// The parameters of FastCGI requests: those of the configuration, then the client's fields.
struct FastCGIParameters: Sendable {
  /// The configured parameters that are sent.
  private let configured: ConfiguredParameters

  /// The fields of the client that configured parameters replace, as variables spell them.
  private let replaced: Set<ByteString>
  private let replacedBits: UInt64

  /// Whether `HTTP_HOST` is left to us.
  private let needsHost: Bool
  private let passesFields: Bool

  private static let fieldPrefix: ByteString = "HTTP_"
  private static let hostName: ByteString = "HTTP_HOST"

  init(_ settings: FastCGISettings) {
    passesFields = settings.upstream.passesRequestFields
    let fields = settings.parameters.filter {
      $0.name.count > 5 && $0.name.hasPrefix(FastCGIParameters.fieldPrefix)
    }
    // nginx: the client's `Host` never passes as it is, since it may contradict the request line.
    replaced = Set(fields.map { $0.name.dropFirst(5).lowercased } + ["host"])
    replacedBits = replaced.reduce(0) { $0 | 1 << UInt64(FieldName.hash(of: $1) & 63) }
    needsHost = !settings.parameters.contains {
      $0.name.equalsIgnoringCase(FastCGIParameters.hostName)
    }
    configured = ConfiguredParameters(
      settings.parameters.filter { parameter in
        let isField =
          parameter.name.count > 5 && parameter.name.hasPrefix(FastCGIParameters.fieldPrefix)
        return !(isField && parameter.value.isAlwaysEmpty)
      })
  }

  /// Appends the name-value pairs of a request, still without a record.
  func append(for exchange: Exchange, to output: ByteBuffer) {
    configured.append(for: exchange, to: output)
    if needsHost { appendHost(of: exchange, to: output) }
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
      guard let value, !replaced.contains(name.dropFirst(5).lowercased) else { continue }
      FastCGIRecord.appendPair(name, value, to: output)
    }
  }

  /// The host that the request is for, with the port that the client wrote.
  private func appendHost(of exchange: Exchange, to output: ByteBuffer) {
    let start = output.count
    FastCGIRecord.beginPair(FastCGIParameters.hostName, in: output)
    let valueStart = output.count
    output.append(exchange.host.isEmpty ? exchange.server.name : exchange.host)
    if let port = exchange.port {
      output.append(UInt8(ascii: ":"))
      output.append(decimal: Int(port))
    }
    guard output.count > valueStart else { return output.truncate(to: start) }
    FastCGIRecord.endPair(
      nameCount: FastCGIParameters.hostName.count, valueStart: valueStart, in: output)
  }

  // MARK: - The client's fields

  /// Appends `HTTP_…` for each field; a field of several lines becomes one list (RFC 3875,
  /// section 4.1.18).
  private func appendFields(
    of fields: Fields, forWhole isForWhole: Bool, to output: ByteBuffer
  ) {
    for index in 0..<fields.count {
      let line = fields[index]
      guard !line.isRemoved, !isReplaced(line, of: fields),
        !hasEarlierLine(index, in: fields)
      else { continue }
      if isForWhole, CachePolicy.partialFields.contains(line.known) { continue }
      append(index, of: fields, to: output)
    }
  }

  private func isReplaced(_ line: FieldLine, of fields: Fields) -> Bool {
    guard replacedBits >> UInt64(line.nameHash & 63) & 1 == 1 else { return false }
    return replaced.contains(
      ByteString(line.name.range.map { FieldName.spelling(of: fields.buffer[$0]) }))
  }

  private func hasEarlierLine(_ index: Int, in fields: Fields) -> Bool {
    for earlier in 0..<index where isSameName(earlier, index, in: fields) { return true }
    return false
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
    var length = line.value.count
    var last = index
    for later in (index + 1)..<max(fields.count, index + 1)
    where isSameName(later, index, in: fields) {
      length += fields[later].value.count + 2
      last = later
    }
    FastCGIRecord.appendLength(line.name.count + 5, to: output)
    FastCGIRecord.appendLength(length, to: output)
    output.append(FastCGIParameters.fieldPrefix)
    for place in line.name.range { output.append(upperSpelling(of: fields.buffer[place])) }
    output.append(fields.buffer, in: line.value.range)
    guard last > index else { return }
    let isCookie = fields.buffer.matchesIgnoringCase("cookie", in: line.name.range)
    for later in (index + 1)...last where isSameName(later, index, in: fields) {
      output.append(isCookie ? "; " : ", ")
      output.append(fields.buffer, in: fields[later].value.range)
    }
  }

  /// A byte of a field's name as CGI spells it: in upper case, `-` as `_`.
  private func upperSpelling(of byte: UInt8) -> UInt8 {
    let spelled = FieldName.spelling(of: byte)
    return spelled >= UInt8(ascii: "a") && spelled <= UInt8(ascii: "z") ? spelled & ~0x20 : spelled
  }
}
