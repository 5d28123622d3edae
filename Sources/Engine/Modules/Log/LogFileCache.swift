import Bytes
import CLinux
import Config
import Sockets

/// Log files with variables in their names that stay open, as `open_log_file_cache` says.
///
/// Confined to its loop: each loop opens files for itself.
final class LogFileCache {
  /// What `open_log_file_cache` says; initial values are its defaults.
  struct Limits: Hashable, Sendable {
    /// The most files that are remembered; 0 is for the word `off`.
    var maximum = 0

    /// How long a file is remembered that nobody writes to, in milliseconds.
    var inactive: Milliseconds = 10_000

    /// How often a file is written to, while it is remembered, before it stays open.
    var minimumUses = 1

    /// How long a file is believed to be the one of its name, in milliseconds.
    var valid: Milliseconds = 60_000
  }

  private struct Entry {
    var file: OpenLogFile?
    var uses = 0
    var lastUse: Milliseconds = 0
    var lastCheck: Milliseconds = 0

    /// Which use of the cache was the last one of this file.
    var turn: UInt64 = 0
  }

  private let limits: Limits
  private var entries: [ByteString: Entry] = [:]
  private var turn: UInt64 = 0

  /// The uses in their order; only the last one of each path counts.
  private var order: [(path: ByteString, turn: UInt64)] = []
  private var orderStart = 0

  init(_ limits: Limits) { self.limits = limits }

  /// The file of a path, open for appending.
  ///
  /// - Throws: Why it could not be opened.
  func file(at path: ByteString, now: Milliseconds) throws(SystemError) -> OpenLogFile {
    forgetInactive(now)
    var entry = entries[path] ?? Entry()
    let file = try current(of: entry, path, now)
    if entry.file !== file || entry.lastCheck + limits.valid <= now { entry.lastCheck = now }
    entry.uses += 1
    entry.lastUse = now
    entry.file = entry.uses >= limits.minimumUses ? file : nil
    note(path, &entry)
    return file
  }

  /// The file that an entry has open, or a new one where that is none or not the path's any more.
  private func current(
    of entry: Entry, _ path: ByteString, _ now: Milliseconds
  ) throws(SystemError) -> OpenLogFile {
    guard let file = entry.file else { return try OpenLogFile(path) }
    if now < entry.lastCheck + limits.valid || file.isStill(at: path) { return file }
    return try OpenLogFile(path)
  }

  private func note(_ path: ByteString, _ entry: inout Entry) {
    turn += 1
    entry.turn = turn
    if entries[path] == nil {
      while entries.count >= limits.maximum, let oldest = takeOldest() { entries[oldest] = nil }
    }
    entries[path] = entry
    order.append((path, turn))
    guard order.count > 2 * entries.count + 64 else { return }
    order = order[orderStart...].filter { entries[$0.path]?.turn == $0.turn }
    orderStart = 0
  }

  /// The path whose last use is longest ago, which leaves the order.
  private func takeOldest() -> ByteString? {
    while orderStart < order.count {
      let use = order[orderStart]
      orderStart += 1
      if entries[use.path]?.turn == use.turn { return use.path }
    }
    return nil
  }

  private func forgetInactive(_ now: Milliseconds) {
    while orderStart < order.count {
      let use = order[orderStart]
      if let entry = entries[use.path], entry.turn == use.turn {
        guard entry.lastUse + limits.inactive <= now else { return }
        entries[use.path] = nil
      }
      orderStart += 1
    }
  }
}

/// A log file that is open for appending.
final class OpenLogFile {
  private let descriptor: CInt

  /// Opens or makes a file.
  init(_ path: ByteString) throws(SystemError) {
    guard !path.bytes.contains(0) else { throw SystemError(call: "open", code: ENOENT) }
    descriptor = linux_open_for_appending(path.string)
    guard descriptor >= 0 else { throw SystemError(call: "open", code: linux_errno()) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Whether a path leads to this file.
  func isStill(at path: ByteString) -> Bool {
    var (own, others) = (stat(), stat())
    guard fstat(descriptor, &own) == 0, stat(path.string, &others) == 0 else { return false }
    return own.st_dev == others.st_dev && own.st_ino == others.st_ino
  }

  /// Writes a line.
  func write(_ line: ByteBuffer) throws(SystemError) {
    let count = line.withReadableBytes { CLinux.write(descriptor, $0.baseAddress, $0.count) }
    if count < 0 { throw SystemError(call: "write", code: linux_errno()) }
  }
}

extension ArgumentType where Value == LogFileCache.Limits {
  /// The parameters of `open_log_file_cache`; source: nginx, module ngx_http_log_module.
  static var logFileCache: Self {
    Self("off | max=N [inactive=time] [min_uses=N] [valid=time]", count: 1...4) {
      (statement, _) throws(Diagnostic) in
      var limits = LogFileCache.Limits()
      for word in statement.arguments where !limits.take(word.text) {
        throw .custom(
          "invalid \"open_log_file_cache\" parameter \"\(word.text)\"", at: statement, word: word)
      }
      guard limits.maximum > 0 || statement.arguments[0].text == "off" else {
        throw .custom("\"open_log_file_cache\" must have \"max\" parameter", at: statement)
      }
      return limits
    }
  }
}

extension LogFileCache.Limits {
  /// Takes one parameter.
  ///
  /// - Returns: false where it is none.
  fileprivate mutating func take(_ text: ByteString) -> Bool {
    guard text != "off" else {
      maximum = 0
      return true
    }
    guard let sign = text.firstIndex(of: UInt8(ascii: "=")) else { return false }
    let value = text.dropFirst(sign + 1)
    let (number, seconds) = (value.decimalNumber, Units.seconds(value))
    switch text[0..<sign] {
    case "max": maximum = number ?? 0
    case "min_uses": minimumUses = number ?? 0
    case "inactive": inactive = Milliseconds(seconds ?? 0) * 1_000
    case "valid": valid = Milliseconds(seconds ?? 0) * 1_000
    default: return false
    }
    return text[0..<sign].hasPrefix("m") ? number ?? 0 > 0 : seconds != nil
  }
}
