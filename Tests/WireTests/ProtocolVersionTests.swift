import Testing

@testable import Wire

@Suite struct ProtocolVersionTests {
  @Test func `versions are ordered by age`() {
    let versions: [ProtocolVersion] = [.http11, .http09, .init(major: 2, minor: 0), .http10]
    #expect(versions.sorted() == [.http09, .http10, .http11, .init(major: 2, minor: 0)])
  }
}
