import Config

/// What nginx does at the end of `http`, or of `stream`, one step after the other, with what it has
/// read.
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
  ///
  /// Settings may have been inherited by several servers and locations; that is noted once.
  ///
  /// - Parameter isInStream: Whether it is the end of `stream` instead.
  func report(_ diagnostic: Diagnostic, in step: FinishingStep, isInStream: Bool = false) {
    var diagnostic = diagnostic
    diagnostic.order = isInStream ? stream.end : endOfHTTP
    diagnostic.step = step.rawValue
    let isInherited = step == .certificates || step == .passing
    if !isInherited || reportedOnce.insert(diagnostic).inserted { report(diagnostic) }
  }

  /// Notes a problem that nginx reports at the line where `http` ends.
  func reportAtEnd(_ diagnostic: Diagnostic, in step: FinishingStep) {
    var diagnostic = diagnostic
    diagnostic.reportedFile = placeOfEnd?.file
    diagnostic.reportedLine = placeOfEnd?.line ?? diagnostic.reportedLine
    report(diagnostic, in: step)
  }

  /// Reports what is wrong with settings that servers inherit.
  func reportInherited() {
    guard !servers.isEmpty else { return }
    for problem in inheritedProblems { reportAtEnd(problem, in: .passing) }
  }
}
