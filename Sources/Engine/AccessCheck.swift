import Sockets
import Wire

/// The access phase and what goes before it.
extension Exchange {
  /// Applies what a location demands of every request.
  ///
  /// - Throws: 404 for a request from outside to an `internal` location, 413 for a body that is
  ///   announced to be too large.
  @inline(__always)
  func applyLocation() throws(Failure) {
    if steps.contains(.limitExcept), let limit = location.limitExcept,
      !limit.methods.contains(methodName)
    {
      location = limit.location
    }
    if isPersistent, !allowsPersistence { isPersistent = false }
    if settings.core.isInternal, !isInternal { throw .status(404) }
    guard !body.isComplete, settings.core.clientMaxBodySize > 0,
      let count = body.announcedByteCount,
      count > settings.core.clientMaxBodySize
    else { return }
    logError(.error, "client intended to send too large body: \(count) bytes")
    isPersistent = false
    throw .status(413)
  }

  /// Asks every access rule, and lets those wait who have not named a valid user; see `satisfy` and
  /// `auth_delay`.
  ///
  /// - Throws: 401 or 403.
  func checkAccess() async throws(Failure) {
    do throws(Failure) {
      try await askAccessRules()
    } catch {
      let delay = Milliseconds(settings.core.authDelay.milliseconds)
      if delay > 0, case .status(401) = error {
        logError(.info, "delaying unauthorized request")
        try await pause(delay)
      }
      throw error
    }
  }

  private func askAccessRules() async throws(Failure) {
    let needsAll = settings.core.mustSatisfy == .all
    var refusal: Int?
    for rule in location.access {
      switch try await rule.decide(self) {
      case .undecided: continue
      case .allowed:
        if !needsAll {
          response.fields.remove(.wwwAuthenticate)
          return
        }
      case .denied(let status):
        if needsAll { throw .status(status) }
        // nginx: 401 outweighs 403, since credentials might still help.
        if refusal != 401 { refusal = status }
      }
    }
    if let refusal { throw .status(refusal) }
  }
}
