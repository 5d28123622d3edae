import Bytes
import Wire

/// Executes the commands in the body of a response.
struct SSIFilter: HeaderFilter {
  private let settings: SSISettings

  /// nil where there is nothing to execute.
  init?(_ settings: SSISettings) {
    guard settings.isOn else { return nil }
    self.settings = settings
  }

  func filter(_ exchange: Exchange) throws(Failure) {
    let response = exchange.response
    guard response.contentLength != 0, settings.types.contains(response.contentType) else {
      return
    }
    response.becomeDerived()
    if !settings.keepsLastModified {
      response.lastModified = nil
      response.fields.remove(.lastModified)
      response.fields.remove(.entityTag)
    }
    let body = SSIBody(exchange, settings)
    exchange.madeExtras.ssi = body
    exchange.madeExtras.lateBody = body
    response.bodyFilters.append(body)
  }
}
