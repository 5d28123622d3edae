import Testing

@testable import Engine

@Suite struct SettingsTests {
  @Test func `there is nothing in settings but groups, whose bytes are compared`() {
    let groups = Mirror(reflecting: Settings()).children
    #expect(groups.allSatisfy { "\(type(of: $0.value))".hasPrefix("Inherited<") })
    #expect(MemoryLayout<Settings>.size == groups.count * MemoryLayout<Inherited<Int>>.size)
  }

  @Test func `settings are equal where they share all groups`() {
    let settings = Settings()
    var other = settings
    #expect(other == settings && other.hashValue == settings.hashValue)
    other.proxy.upstream.isBuffering.toggle()
    #expect(other != settings)
  }
}
