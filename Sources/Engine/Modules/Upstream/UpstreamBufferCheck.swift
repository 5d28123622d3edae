import Config

extension UpstreamSettings {
  /// What nginx says of buffers that do not go with each other; nil where they do.
  ///
  /// The buffers that are on their way to the client must hold one, and leave one to read into.
  func problem(ofBuffers prefix: String) -> String? {
    let largest = max(bufferSize, buffers.size)
    let busy = busyBuffersSize ?? 2 * largest
    if buffers.number < 2 { return "there must be at least 2 \"\(prefix)_buffers\"" }
    if busy < largest {
      return "\"\(prefix)_busy_buffers_size\" must be equal to or greater than the maximum of "
        + "the value of \"\(prefix)_buffer_size\" and one of the \"\(prefix)_buffers\""
    }
    // Sizes come from the configuration and may be anything.
    let (all, overflows) = (buffers.number - 1).multipliedReportingOverflow(by: buffers.size)
    if !overflows, busy > all {
      return "\"\(prefix)_busy_buffers_size\" must be less than the size of all "
        + "\"\(prefix)_buffers\" minus one buffer"
    }
    return nil
  }
}

extension Load {
  /// Reports buffers of a server or a location that do not go with each other, as nginx does for
  /// every one of them.
  func checkBuffers(of location: LocationDraft) {
    guard let statement = location.statement else { return }
    // Asked where they are, since a copy of all these settings would be made for each location.
    if let sentence = location.settings.proxy.value.upstream.problem(ofBuffers: "proxy") {
      reportAtEnd(.custom(sentence, at: statement), in: .passing)
    }
    if let sentence = location.settings.fastCGI.value.upstream.problem(ofBuffers: "fastcgi") {
      reportAtEnd(.custom(sentence, at: statement), in: .passing)
    }
  }
}
