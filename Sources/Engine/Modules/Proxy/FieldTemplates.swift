import Bytes
import Wire

/// The fields that a configuration adds to upstream requests, in three lists for all of them.
final class FieldTemplates: Sendable {
  private struct Field {
    /// CRLF, the name, a colon and a space, as a range of ``FieldTemplates/text``.
    let name: Range<Int>

    let value: TemplateValues.Value
    let known: KnownField
  }

  private let fields: [Field]
  private let values: TemplateValues
  private let text: ByteString

  init(_ templates: [FieldTemplate]) {
    var fields: [Field] = []
    var values = TemplateValues()
    fields.reserveCapacity(templates.count)
    var text = ByteString()
    text.bytes.reserveCapacity(
      templates.reduce(0) { $0 + $1.name.count + $1.value.text.count + 4 })
    let (lineEnd, colon): (ByteString, ByteString) = ("\r\n", ": ")
    for template in templates {
      let start = text.count
      text.append(lineEnd)
      text.append(template.name)
      text.append(colon)
      let name = start..<text.count
      let value = values.add(template.value, at: name.upperBound)
      text.append(template.value.text)
      fields.append(Field(name: name, value: value, known: FieldName(template.name).known))
    }
    self.fields = fields
    self.values = values
    self.text = text
  }

  /// Appends the fields for a request, each behind a CRLF; those without a value are left out.
  func append(for exchange: Exchange, to output: ByteBuffer) -> AnnouncedContent {
    var announced = AnnouncedContent()
    for index in fields.indices {
      let field = fields[index]
      let start = output.count
      output.append(text, in: field.name)
      let valueStart = output.count
      values.append(field.value, of: text, for: exchange, to: output)
      if output.count > valueStart {
        announced.note(field.known, in: output, from: valueStart)
      } else {
        output.truncate(to: start)
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
