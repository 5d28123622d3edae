import Bytes
import Wire

/// The parameters that a configuration gives to FastCGI requests, as one list of steps.
///
/// One object and one text for all of them: writing them counts no references. What does not change
/// from request to request stands in the text as it goes to the server.
final class ConfiguredParameters: Sendable {
  private enum Step: Sendable {
    /// Name-value pairs that never change, as a range of ``ConfiguredParameters/text``.
    case pairs(Range<Int>)
    case part(Template.Part)
    /// The value of a parameter ends, whose name is a range of the text.
    case end(name: Range<Int>, isOmittedWhenEmpty: Bool)
  }

  private let steps: [Step]
  private let text: ByteString

  init(_ parameters: [FastCGIParameter]) {
    var steps: [Step] = []
    let text = ByteBuffer(capacity: 1024)
    for parameter in parameters {
      let start = text.count
      guard let constant = parameter.value.constant else {
        text.append(parameter.name)
        let shift = text.count
        text.append(parameter.value.text)
        steps += parameter.value.parts.map { .part($0.shifted(by: shift)) }
        let name = start..<shift
        steps.append(.end(name: name, isOmittedWhenEmpty: parameter.isOmittedWhenEmpty))
        continue
      }
      if constant.isEmpty, parameter.isOmittedWhenEmpty { continue }
      FastCGIRecord.appendPair(parameter.name, constant, to: text)
      if case .pairs(let earlier) = steps.last {
        steps[steps.count - 1] = .pairs(earlier.lowerBound..<text.count)
      } else {
        steps.append(.pairs(start..<text.count))
      }
    }
    self.steps = steps
    self.text = text.allBytes
  }

  /// Appends the name-value pairs of a request.
  ///
  /// - Parameter scratch: Memory for values; what is in it is lost.
  func append(for exchange: Exchange, _ scratch: ByteBuffer, to output: ByteBuffer) {
    scratch.clear()
    for index in steps.indices {
      switch steps[index] {
      case .pairs(let range): output.append(text, in: range)
      case .part(let part): exchange.append(part, of: text, to: scratch)
      case .end(let name, let isOmittedWhenEmpty):
        if scratch.isEmpty, isOmittedWhenEmpty { continue }
        FastCGIRecord.appendLength(name.count, to: output)
        FastCGIRecord.appendLength(scratch.count, to: output)
        output.append(text, in: name)
        output.append(scratch, in: 0..<scratch.count)
        scratch.clear()
      }
    }
  }
}
