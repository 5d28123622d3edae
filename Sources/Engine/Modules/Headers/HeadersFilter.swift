import Bytes
import Wire

/// Adds the fields of `add_header`, `add_trailer` and `expires` to a response.
struct HeadersFilter: HeaderFilter {
  private let fields: [AddedField]
  private let trailers: [AddedField]
  private let expires: Expires

  /// nil where the settings ask for nothing.
  init?(_ settings: HeadersSettings) {
    fields = settings.fields.all
    trailers = settings.trailers.all
    expires = settings.expires
    if fields.isEmpty, trailers.isEmpty, case .off = expires { return nil }
  }

  func filter(_ exchange: Exchange) throws(Failure) {
    let isSafe = HeadersFilter.isSafe(exchange.response.status)
    if isSafe { expires.apply(to: exchange) }
    for field in fields where isSafe || field.isAlways { add(field, to: exchange) }
    let wanted = trailers.filter { isSafe || $0.isAlways }
    if !wanted.isEmpty { exchange.response.trailers = wanted.map { ($0.spelling, $0.value) } }
  }

  /// The statuses whose responses are what was asked for; source: nginx, `add_header`.
  static func isSafe(_ status: Int) -> Bool {
    switch status {
    case 200, 201, 204, 206, 301, 302, 303, 304, 307, 308: true
    default: false
    }
  }

  private func add(_ field: AddedField, to exchange: Exchange) {
    let response = exchange.response
    let value = field.value.value(for: exchange)
    switch field.name {
    case .plain:
      if !value.isEmpty { response.fields.append(field.spelling, value) }
    case .lastModified:
      response.fields.remove(.lastModified)
      response.lastModified = HTTPDate.parse(value)
      guard !value.isEmpty, response.lastModified.map(HTTPDate.format) != value else { return }
      response.lastModified = nil
      response.fields.append(field.spelling, value)
    case .entityTag:
      if value.isEmpty {
        response.fields.remove(.entityTag)
      } else {
        response.fields.replace(.entityTag, spelled: field.spelling, with: value)
      }
    }
  }
}
