import Bytes

/// What the command line asks for; the flags and their rules are nginx's.
///
/// Letters may be joined (`-tq`), and a value follows its letter at once or as the next word.
package struct Invocation: Equatable, Sendable {
  /// A signal that `-s` sends.
  package enum SignalName: String, Sendable, CaseIterable {
    case stop, quit, reopen, reload
  }

  /// `-h`, `-?` and `--help`.
  package var showsHelp = false
  /// `-v` and `-V`.
  package var showsVersion = false
  /// `-V`.
  package var showsBuild = false
  /// `-t` and `-T`.
  package var testsConfiguration = false
  /// `-T`.
  package var dumpsConfiguration = false
  /// `-q`.
  package var isQuiet = false
  /// `-p`.
  package var prefix: String?
  /// `-c`.
  package var configurationFile: String?
  /// `-e`.
  package var errorLog: String?
  /// `-g`.
  package var globalText: String?
  /// `-s`.
  package var signal: SignalName?

  /// A command line without words.
  package init() {}

  /// Reads the words after the program's name.
  ///
  /// - Throws: nginx's sentence about the first word that makes no sense.
  package init(words: some Sequence<String>) throws(InvocationError) {
    var rest = Array(words)[...]
    while let word = rest.popFirst() {
      // Who does not know the flags yet asks like this.
      if word == "--help" {
        try read("h", &rest)
        continue
      }
      guard word.hasPrefix("-") else { throw InvocationError("invalid option: \"\(word)\"") }
      try read(word.dropFirst(), &rest)
    }
  }

  private mutating func read(
    _ letters: Substring, _ rest: inout ArraySlice<String>
  ) throws(InvocationError) {
    var letters = letters
    while let letter = letters.popFirst() {
      switch letter {
      case "?", "h":
        showsHelp = true
        showsVersion = true
      case "v": showsVersion = true
      case "V":
        showsVersion = true
        showsBuild = true
      case "t": testsConfiguration = true
      case "T":
        testsConfiguration = true
        dumpsConfiguration = true
      case "q": isQuiet = true
      default: return try set(letter, letters, &rest)
      }
    }
  }

  /// Takes a letter that has a value, which ends the word.
  private mutating func set(
    _ letter: Character, _ joined: Substring, _ rest: inout ArraySlice<String>
  ) throws(InvocationError) {
    let needs = ["p": "directory name", "c": "file name", "e": "file name"]["\(letter)"]
    guard needs != nil || letter == "g" || letter == "s" else {
      throw InvocationError("invalid option: \"\(letter)\"")
    }
    guard let value = joined.isEmpty ? rest.popFirst() : String(joined),
      !value.isEmpty || letter == "g"
    else { throw InvocationError("option \"-\(letter)\" requires \(needs ?? "parameter")") }
    switch letter {
    case "p": prefix = value
    case "c": configurationFile = value
    case "e": errorLog = value
    case "g": globalText = value
    default:
      guard let name = SignalName(rawValue: value) else {
        throw InvocationError("invalid option: \"-s \(value)\"")
      }
      signal = name
    }
  }
}

/// What is wrong with a command line, in nginx's words.
package struct InvocationError: Error, Equatable, Sendable {
  /// The sentence, without prefix.
  package let message: String

  /// A sentence of nginx.
  package init(_ message: String) { self.message = message }
}
