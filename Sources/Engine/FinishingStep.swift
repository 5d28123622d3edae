import Config

/// What nginx does at the end of `http`, one step after the other, with what it has read.
///
/// A problem that belongs to a step is reported behind all that are found while reading, as nginx
/// does not come so far with any of those.
enum FinishingStep: Int {
  /// Groups of upstream servers get their peers.
  case upstreams = 1
  /// Servers get certificates and other settings of TLS.
  case certificates
  /// Locations get what they send to upstream servers.
  case passing
  /// The locations of each server become a tree.
  case locations
  /// Addresses get their protocols.
  case addresses
  /// The variables that are mentioned get their meaning.
  case variables
  /// The names of the servers of an address become a table.
  case serverNames
}

extension Load {
  /// Notes a problem that nginx would meet in a step at the end of `http`.
  func report(_ diagnostic: Diagnostic, in step: FinishingStep) {
    var diagnostic = diagnostic
    diagnostic.order = endOfHTTP
    diagnostic.step = step.rawValue
    report(diagnostic)
  }

  /// Reports what is wrong with settings that servers inherit; nginx names the line where `http`
  /// ends.
  func reportInherited() {
    guard !servers.isEmpty else { return }
    for var problem in inheritedProblems {
      problem.reportedFile = placeOfEnd?.file
      problem.reportedLine = placeOfEnd?.line ?? problem.reportedLine
      report(problem, in: .passing)
    }
  }
}
