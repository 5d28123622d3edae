import Bytes
import Config

/// Reads the parameters of `proxy_cache_path` and its kin.
struct CachePathReading {
  let statement: Statement
  let level: Level
  private var settings = CachePathSettings()
  private var name = ByteString()

  init(_ statement: Statement, _ level: Level) {
    self.statement = statement
    self.level = level
  }

  /// - Returns: The name of the keys zone, and what the parameters say.
  mutating func read() throws(Diagnostic) -> (name: ByteString, settings: CachePathSettings) {
    var path = statement.arguments[0].text
    if path.hasSuffix("/") { path = path[0..<path.count - 1] }
    settings.path = level.pathBelowPrefix(path)
    for word in statement.arguments.dropFirst() {
      let (parameter, value) = word.text.splitAtEquals
      guard let value else { throw .invalidParameter(word, of: statement) }
      try read(parameter, value, word)
    }
    guard !name.isEmpty, settings.byteCount > 0 else {
      throw .custom(
        "\"\(statement.name.text)\" must have \"keys_zone\" parameter", at: statement)
    }
    return (name, settings)
  }

  private mutating func read(
    _ parameter: ByteString, _ value: ByteString, _ word: Word
  ) throws(Diagnostic) {
    switch parameter {
    case "levels": try readLevels(value, word)
    case "use_temp_path": try readTemporaryPath(value, word)
    case "keys_zone": try readZone(value, word)
    case "inactive": settings.inactive = try valid(Units.seconds(value), parameter, word)
    case "max_size": settings.maximumSize = try valid(Units.offset(value), parameter, word)
    case "min_free": settings.minimumFree = try valid(Units.offset(value), parameter, word)
    case "manager_files", "manager_sleep", "manager_threshold":
      try read(parameter, value, word, into: \.manager)
    case "loader_files", "loader_sleep", "loader_threshold":
      try read(parameter, value, word, into: \.loader)
    default: throw .invalidParameter(word, of: statement)
    }
  }

  private mutating func read(
    _ parameter: ByteString, _ value: ByteString, _ word: Word,
    into limits: WritableKeyPath<CachePathSettings, CacheCareLimits>
  ) throws(Diagnostic) {
    if parameter.hasSuffix("files") {
      settings[keyPath: limits].files = try valid(value.decimalNumber, parameter, word)
      return
    }
    let time = TimeSpan.milliseconds(try valid(Units.milliseconds(value), parameter, word))
    if parameter.hasSuffix("sleep") {
      settings[keyPath: limits].pause = time
    } else {
      settings[keyPath: limits].threshold = time
    }
  }

  private func valid(
    _ value: Int?, _ parameter: ByteString, _ word: Word
  ) throws(Diagnostic) -> Int {
    guard let value else {
      throw .custom("invalid \(parameter) value \"\(word.text)\"", at: statement, word: word)
    }
    return value
  }

  private mutating func readLevels(_ value: ByteString, _ word: Word) throws(Diagnostic) {
    let numbers = value.split(on: UInt8(ascii: ":")).map(\.decimalNumber)
    settings.levels = numbers.compactMap { $0 }.filter { (1...2).contains($0) }
    guard (1...3).contains(numbers.count), settings.levels.count == numbers.count,
      value.count == numbers.count * 2 - 1
    else { throw .custom("invalid \"levels\" \"\(word.text)\"", at: statement, word: word) }
  }

  /// Whether temporary files stand in a folder of their own: here they never do, since only within
  /// a file system a file changes its name at one blow.
  private func readTemporaryPath(_ value: ByteString, _ word: Word) throws(Diagnostic) {
    guard value == "on" || value == "off" else {
      throw .custom(
        "invalid use_temp_path value \"\(word.text)\", it must be \"on\" or \"off\"",
        at: statement, word: word)
    }
  }

  private mutating func readZone(_ value: ByteString, _ word: Word) throws(Diagnostic) {
    guard let colon = value.firstIndex(of: UInt8(ascii: ":")),
      let size = Units.size(value.dropFirst(colon + 1))
    else {
      throw .custom("invalid keys zone size \"\(word.text)\"", at: statement, word: word)
    }
    guard size >= 8192 else {
      throw .custom("keys zone \"\(word.text)\" is too small", at: statement, word: word)
    }
    name = value[0..<colon]
    settings.byteCount = size
  }
}
