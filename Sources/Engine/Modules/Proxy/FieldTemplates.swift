import Bytes
import Wire

/// The fields that a configuration adds to upstream requests, as one list of steps.
///
/// One object and one text for all of them: writing them counts no references.
final class FieldTemplates: Sendable {
  private enum Step: Sendable {
    /// A field begins: its name, a colon and a space, as a range of ``FieldTemplates/text``.
    case field(Range<Int>)
    case text(Range<Int>)
    case variable(Int)
    case capture(Int)
    /// The field ends; without a value it is left out.
    case end(KnownField)
  }

  private let steps: [Step]
  private let text: ByteString

  init(_ fields: [FieldTemplate]) {
    var steps: [Step] = []
    var text = ByteString()
    for field in fields {
      let start = text.count
      text.append(field.name + ": ")
      steps.append(.field(start..<text.count))
      let shift = text.count
      text.append(field.value.text)
      for part in field.value.parts {
        switch part {
        case .text(let range):
          steps.append(.text(range.lowerBound + shift..<range.upperBound + shift))
        case .variable(let number): steps.append(.variable(number))
        case .capture(let group): steps.append(.capture(group))
        }
      }
      steps.append(.end(FieldName(field.name).known))
    }
    self.steps = steps
    self.text = text
  }

  /// Appends the fields for a request.
  ///
  /// - Parameter note: Called with each field and the place of its value in the output.
  func append(
    for exchange: Exchange, to output: ByteBuffer, _ note: (KnownField, Range<Int>) -> Void
  ) {
    var start = 0
    var valueStart = 0
    for index in steps.indices {
      switch steps[index] {
      case .field(let name):
        start = output.count
        output.append(text, in: name)
        valueStart = output.count
      case .text(let range): output.append(text, in: range)
      case .variable(let number): exchange.appendVariable(number, to: output)
      case .capture(let group): exchange.appendCapture(group, to: output)
      case .end(let field):
        guard output.count > valueStart else {
          output.truncate(to: start)
          continue
        }
        note(field, valueStart..<output.count)
        output.append("\r\n")
      }
    }
  }
}
