import Bytes
import Wire

/// The fields that a configuration adds to upstream requests, as one list of steps.
///
/// One object and one text for all of them: writing them counts no references.
final class FieldTemplates: Sendable {
  private enum Step: Sendable {
    /// A field begins: CRLF, its name, a colon and a space, as a range of ``FieldTemplates/text``.
    case field(Range<Int>)
    case part(Template.Part)
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
      text.append("\r\n" + field.name + ": ")
      steps.append(.field(start..<text.count))
      let shift = text.count
      text.append(field.value.text)
      steps += field.value.parts.map { .part($0.shifted(by: shift)) }
      steps.append(.end(FieldName(field.name).known))
    }
    self.steps = steps
    self.text = text
  }

  /// Appends the fields for a request, each behind a CRLF.
  func append(for exchange: Exchange, to output: ByteBuffer) -> AnnouncedContent {
    var announced = AnnouncedContent()
    var start = 0
    var valueStart = 0
    for index in steps.indices {
      switch steps[index] {
      case .field(let name):
        start = output.count
        output.append(text, in: name)
        valueStart = output.count
      case .part(let part): exchange.append(part, of: text, to: output)
      case .end(let field):
        guard output.count > valueStart else {
          output.truncate(to: start)
          continue
        }
        announced.note(field, in: output, from: valueStart)
      }
    }
    return announced
  }
}

/// What the head of a request says of its content.
struct AnnouncedContent {
  /// The `Content-Length`; nil where there is none.
  var byteCount: Int?

  /// Whether there is a `Transfer-Encoding`.
  var hasCoding = false

  /// Notes a field whose value ends an output.
  fileprivate mutating func note(_ field: KnownField, in output: ByteBuffer, from start: Int) {
    switch field {
    case .contentLength:
      // A value that is no number announces a length that nothing can have.
      byteCount = output.bytes(in: start..<output.count).decimalNumber ?? -1
    case .transferEncoding: hasCoding = true
    default: return
    }
  }
}
