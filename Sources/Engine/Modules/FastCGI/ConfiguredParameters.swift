import Bytes
import Wire

/// The parameters that a configuration gives to FastCGI requests, in three lists for all of them.
///
/// What does not change from request to request stands in the text as it goes to the server.
final class ConfiguredParameters: Sendable {
  /// A parameter whose value may change from request to request.
  private struct Parameter {
    /// The constant pairs before it, then its name with its lengths, as a range of
    /// ``ConfiguredParameters/text``.
    let text: Range<Int>

    /// How many bytes of that are constant pairs.
    let constantCount: Int
    let nameCount: Int

    let value: TemplateValues.Value
    let isOmittedWhenEmpty: Bool
  }

  private let parameters: [Parameter]
  private let values: TemplateValues
  private let text: ByteString

  /// The constant pairs behind all others, as a range of the text.
  private let rest: Range<Int>

  init(_ configured: [FastCGIParameter]) {
    var parameters: [Parameter] = []
    var values = TemplateValues()
    let text = ByteBuffer(capacity: 1024)
    var start = 0
    for parameter in configured {
      if let constant = parameter.value.constant {
        if constant.isEmpty, parameter.isOmittedWhenEmpty { continue }
        FastCGIRecord.appendPair(parameter.name, constant, to: text)
        continue
      }
      let constantCount = text.count - start
      FastCGIRecord.beginPair(parameter.name, in: text)
      let head = start..<text.count
      let value = values.add(parameter.value, at: head.upperBound)
      text.append(parameter.value.text)
      start = text.count
      parameters.append(
        Parameter(
          text: head, constantCount: constantCount, nameCount: parameter.name.count,
          value: value, isOmittedWhenEmpty: parameter.isOmittedWhenEmpty))
    }
    self.parameters = parameters
    self.values = values
    self.text = text.allBytes
    rest = start..<text.count
  }

  /// Appends the name-value pairs of a request.
  func append(for exchange: Exchange, to output: ByteBuffer) {
    for index in parameters.indices {
      let parameter = parameters[index]
      let start = output.count
      output.append(text, in: parameter.text)
      let valueStart = output.count
      values.append(parameter.value, of: text, for: exchange, to: output)
      if output.count == valueStart, parameter.isOmittedWhenEmpty {
        output.truncate(to: start + parameter.constantCount)
      } else {
        FastCGIRecord.endPair(nameCount: parameter.nameCount, valueStart: valueStart, in: output)
      }
    }
    output.append(text, in: rest)
  }
}
