import Testing

/// The same configuration and the same requests through nginx 1.31.3 and through apus.
///
/// Status, fields, content and what the origin received must be equal; ``deliberateDifferences``
/// lists every exception, and nothing that is none.
@Suite struct DifferentialTests {
  @Test(.enabled(if: Binaries.oracle != nil), arguments: Configuration.all)
  func `nginx and apus answer alike`(configuration: Configuration) throws {
    let stage = try Stage(configuration)
    let expected = try stage.outcomes(of: try #require(Binaries.oracle))
    let actual = try stage.outcomes(of: Binaries.subject)
    let names = configuration.cases.map(\.name) + ["access log"]
    for (name, pair) in zip(names, zip(expected, actual)) {
      let key = "\(configuration.name)/\(name)"
      if deliberateDifferences[key] != nil {
        #expect(pair.0 != pair.1, "\(key): no difference any more; the entry is stale")
      } else if pair.0 != pair.1 {
        Issue.record("\(key)\n\(pair.1.difference(from: pair.0))")
      }
    }
  }

  @Test func `there are enough cases, each with a name of its own`() {
    let names = Configuration.all.flatMap { configuration in
      configuration.cases.map { "\(configuration.name)/\($0.name)" }
    }
    #expect(Configuration.all.count >= 14)
    #expect(names.count >= 170)
    #expect(Set(names).count == names.count)
    #expect(Set(deliberateDifferences.keys).isSubset(of: names))
  }
}
