import Bytes
import Wire

/// Judges the conditions of a request (RFC 9110, section 13), in nginx's order.
struct NotModifiedFilter: HeaderFilter {
  let rule: IfModifiedSince

  var isForSelectable: Bool { true }

  func filter(_ exchange: Exchange) throws(Failure) {
    let response = exchange.response
    guard response.status == 200, response.allowsConditions else { return }
    let request = exchange.request.fields
    if let date = request.value(of: .ifUnmodifiedSince), !isUnmodified(response, since: date) {
      throw failed(response)
    }
    if let list = request.value(of: .ifMatch), !matches(response, list, weakly: false) {
      throw failed(response)
    }
    let date = request.value(of: .ifModifiedSince)
    let list = request.value(of: .ifNoneMatch)
    guard date != nil || list != nil else { return }
    if let date, isModified(response, since: date) { return }
    if let list, !matches(response, list, weakly: true) { return }
    response.status = 304
    response.reason = nil
    response.contentType = nil
    response.contentLength = nil
    response.fields.remove(.acceptRanges)
    response.fields.remove(.contentEncoding)
  }

  private func failed(_ response: Response) -> Failure {
    response.forgetHead()
    return .status(412)
  }

  private func isUnmodified(_ response: Response, since date: ByteString) -> Bool {
    guard let time = response.lastModified, let date = HTTPDate.parse(date) else { return false }
    return date >= time
  }

  private func isModified(_ response: Response, since date: ByteString) -> Bool {
    guard let time = response.lastModified, let date = HTTPDate.parse(date) else { return true }
    return switch rule {
    case .off: true
    case .exact: date != time
    case .before: date < time
    }
  }

  private func matches(_ response: Response, _ list: ByteString, weakly: Bool) -> Bool {
    if list == "*" { return true }
    guard let tag = response.fields.value(of: .entityTag) else { return false }
    return EntityTag(tag).isIn(list, weakly: weakly)
  }
}
