import Testing

@testable import Config

@Suite struct SourcePlaceTests {
  @Test func `equal names have one number, others have others`() {
    let names = ["/etc/a", "/etc/b", "/etc/a", "", "command line"].map { FileName($0) }
    #expect(names[0] == names[2])
    #expect(Set(names).count == 4)
    #expect(names.map(\.text) == ["/etc/a", "/etc/b", "/etc/a", "", "command line"])
  }

  @Test func `a place tells its file, line and column`() {
    let place = SourcePlace(file: "/etc/a", line: 3, column: 70_000)
    #expect(place.file == "/etc/a")
    #expect(place.line == 3)
    #expect(place.column == 70_000)
    #expect(place == SourcePlace(file: "/etc/a", line: 3, column: 70_000))
    #expect(place != SourcePlace(file: "/etc/b", line: 3, column: 70_000))
  }
}
