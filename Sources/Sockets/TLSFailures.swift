/// What is wrong with the settings of a context: one that is wrong does not hide the others.
struct TLSFailures {
  /// The first of them with those behind it; nil where all is well.
  private(set) var first: TLSError?

  /// Tries to apply a setting.
  ///
  /// - Returns: Whether that went well.
  @discardableResult
  mutating func attempt(
    _ part: TLSSettings.Part, _ step: () throws(TLSError) -> Void
  ) -> Bool {
    do throws(TLSError) {
      try step()
      return true
    } catch {
      var failure = error
      failure.part = part
      if first == nil { first = failure } else { first?.others.append(failure) }
      return false
    }
  }
}
