import Bytes
import Sockets

/// The condition of an `if` block.
struct Condition: Sendable {
  enum Test: Sendable {
    /// Neither empty nor `0`.
    case isTrue(variable: Int)
    case equals(variable: Int, Template)
    case matches(variable: Int, Pattern, PatternGroups)
    case file(FileTest, Template)
  }

  /// What `-f`, `-d`, `-e` and `-x` ask.
  enum FileTest: UInt8, Sendable {
    case isRegular = 0x66
    case isDirectory = 0x64
    case exists = 0x65
    case isExecutable = 0x78
  }

  let test: Test
  let isNegated: Bool

  func holds(for exchange: Exchange) -> Bool {
    let result =
      switch test {
      case .isTrue(let variable): isTrue(exchange.variable(variable))
      case .equals(let variable, let value):
        (exchange.variable(variable) ?? ByteString()) == value.scriptValue(for: exchange)
      case .matches(let variable, let pattern, let groups):
        matches(exchange.variable(variable) ?? ByteString(), pattern, groups, exchange)
      case .file(let test, let path): exchange.file(path.scriptValue(for: exchange), passes: test)
      }
    return result != isNegated
  }

  private func isTrue(_ value: ByteString?) -> Bool {
    guard let value else { return false }
    return !value.isEmpty && value != "0"
  }

  private func matches(
    _ subject: ByteString, _ pattern: Pattern, _ groups: PatternGroups, _ exchange: Exchange
  ) -> Bool {
    guard let captures = pattern.match(subject, in: exchange.matchMemory) else {
      exchange.captures = nil
      exchange.logRewriting("\"\(pattern.source)\" does not match \"\(subject)\"")
      return false
    }
    exchange.logRewriting("\"\(pattern.source)\" matches \"\(subject)\"")
    groups.note(captures, in: exchange)
    return true
  }
}

extension Exchange {
  fileprivate func file(_ path: ByteString, passes test: Condition.FileTest) -> Bool {
    switch FileFacts.of(path) {
    case .failure(let error):
      if !error.meansNotFound {
        logError(.crit, "stat() \"\(path)\" failed \(error.reason)")
      }
      return false
    case .success(let facts):
      return switch test {
      case .isRegular: facts.kind == .regular
      case .isDirectory: facts.kind == .directory
      case .exists: facts.kind != .other
      case .isExecutable: facts.isExecutable
      }
    }
  }
}
