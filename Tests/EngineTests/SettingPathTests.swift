import Bytes
import Testing

@testable import Engine

@Suite struct SettingPathTests {
  private let isBuffering: SettingPath<Bool> = .proxy.upstream.isBuffering
  private let names: SettingPath<[ByteString]> = .proxy.upstream.hiddenFields

  @Test func `a value is read and set where it is`() {
    var settings = Settings()
    #expect(settings.value(at: isBuffering))
    settings.set(isBuffering, to: false)
    #expect(!settings.value(at: isBuffering) && !settings.proxy.upstream.isBuffering)
    settings.change(names) { $0.append("x") }
    #expect(settings.proxy.upstream.hiddenFields.last == "x")
  }

  @Test func `what other blocks share stays as it is`() {
    let outer = Settings()
    var inner = outer
    inner.set(isBuffering, to: false)
    #expect(outer.value(at: isBuffering) && !inner.value(at: isBuffering))
  }
}
