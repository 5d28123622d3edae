package import Bytes
import CPCRE2

/// A regular expression of the configuration: PCRE2, compiled once, with JIT where it is available.
///
/// Soundness of the unchecked conformance: the compiled code is never written after `init`, and
/// PCRE2 allows concurrent matching with it; each match brings its own ``MatchMemory``.
package final class Pattern: HashableByIdentity, @unchecked Sendable {
  /// The expression as it was written.
  package let source: ByteString

  /// The number of capturing groups.
  package let captureCount: Int

  /// The named groups, with their numbers.
  package let names: [(name: ByteString, number: Int)]

  /// The text that every match begins with, as far as the expression says it plainly.
  let literalPrefix: ByteString

  private let code: OpaquePointer

  /// Whether there is machine code that may be run without PCRE2's checks.
  private let runsMachineCode: Bool

  /// Why an expression was refused.
  package struct CompileError: Error {
    /// The library's sentence.
    package let message: String

    /// Where in the expression, in bytes.
    package let offset: Int
  }

  /// - Parameter isForServing: Whether the expression will be matched often, so that machine code
  ///   is worth its time.
  /// - Throws: PCRE2's own sentence and the offset that it complains of.
  package init(
    _ source: ByteString, ignoresCase: Bool, isForServing: Bool = true
  ) throws(CompileError) {
    let compiled = try Pattern.compile(source, options: ignoresCase ? PCRE2_CASELESS : 0)
    if isForServing { _ = pcre2_jit_compile_8(compiled, UInt32(PCRE2_JIT_COMPLETE)) }
    // `(*NO_JIT)` makes none, which is no failure.
    var codeSize = 0
    pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_JITSIZE), &codeSize)
    var allOptions: UInt32 = 0
    pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_ALLOPTIONS), &allOptions)
    // `(*UTF)` relies on the check that the subject is UTF-8.
    runsMachineCode = codeSize > 0 && allOptions & PCRE2_UTF == 0
    var captureCount: UInt32 = 0
    pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_CAPTURECOUNT), &captureCount)
    self.source = source
    self.code = compiled
    self.captureCount = Int(captureCount)
    names = Pattern.names(of: compiled)
    let text = ignoresCase || !isForServing ? ByteString() : LiteralPrefix.text(of: source)
    literalPrefix = !text.isEmpty && Pattern.hasOneBranch(source) ? text : ByteString()
  }

  deinit { pcre2_code_free_8(code) }

  /// Matches a subject.
  ///
  /// - Returns: The offsets of the groups; nil where the subject does not match, or where matching
  ///   went beyond PCRE2's limits.
  package func match(_ subject: ByteString, in memory: MatchMemory) -> Captures? {
    guard run(subject, in: memory) else { return nil }
    return Captures(subject: subject, offsets: memory.offsets(groups: captureCount + 1))
  }

  /// Whether a subject matches.
  package func matches(_ subject: ByteString, in memory: MatchMemory) -> Bool {
    run(subject, in: memory)
  }

  private func run(_ subject: ByteString, in memory: MatchMemory) -> Bool {
    subject.bytes.withUnsafeBufferPointer {
      runsMachineCode
        ? pcre2_jit_match_8(code, $0.baseAddress, $0.count, 0, 0, memory.data, nil)
        : pcre2_match_8(code, $0.baseAddress, $0.count, 0, 0, memory.data, nil)
    } >= 0
  }

  private static func compile(
    _ source: ByteString, options: UInt32
  ) throws(CompileError) -> OpaquePointer {
    var code: CInt = 0
    var offset = 0
    let compiled = source.bytes.withUnsafeBufferPointer {
      pcre2_compile_8($0.baseAddress, $0.count, options, &code, &offset, nil)
    }
    guard let compiled else { throw CompileError(message: message(for: code), offset: offset) }
    return compiled
  }

  /// Whether an expression that can be compiled has no alternatives but in groups, as PCRE2 reads
  /// it; false where that cannot be told.
  ///
  /// A conditional group may have two branches. With an empty one beside the expression it can only
  /// be compiled where the expression is a single one.
  private static func hasOneBranch(_ source: ByteString) -> Bool {
    if !source.bytes.contains(UInt8(ascii: "|")) { return true }
    guard let code = try? compile("(?(?=)" + source + "|)", options: 0) else { return false }
    pcre2_code_free_8(code)
    return true
  }

  private static func message(for code: CInt) -> String {
    var text = [UInt8](repeating: 0, count: 256)
    let length = pcre2_get_error_message_8(code, &text, text.count)
    return String(decoding: text.prefix(max(0, Int(length))), as: UTF8.self)
  }

  private static func names(of code: OpaquePointer) -> [(name: ByteString, number: Int)] {
    var count: UInt32 = 0
    var entrySize: UInt32 = 0
    var table: UnsafePointer<UInt8>?
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &entrySize)
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
    guard let table else { return [] }
    return (0..<Int(count)).map { index in
      let entry = UnsafeBufferPointer(
        start: table + index * Int(entrySize), count: Int(entrySize))
      let name = ByteString(entry.dropFirst(2).prefix { $0 != 0 })
      return (name, Int(entry[0]) << 8 | Int(entry[1]))
    }
  }
}

/// What PCRE2 writes its results to; one for each loop, since two matches must not share it.
package final class MatchMemory {
  /// nginx's own limit is what a configuration can name: `$1` to `$9`, and named groups.
  private static let maximumGroups: UInt32 = 64

  fileprivate let data: OpaquePointer

  package init() {
    guard let data = pcre2_match_data_create_8(MatchMemory.maximumGroups, nil) else {
      preconditionFailure("out of memory")
    }
    self.data = data
  }

  deinit { pcre2_match_data_free_8(data) }

  fileprivate func offsets(groups: Int) -> [Int32] {
    guard let vector = pcre2_get_ovector_pointer_8(data) else { return [] }
    let groups = min(groups, Int(MatchMemory.maximumGroups))
    // Unmatched groups hold PCRE2_UNSET, which becomes -1.
    return (0..<groups * 2).map { Int32(truncatingIfNeeded: vector[$0]) }
  }
}

/// The groups of a successful match.
package struct Captures: Sendable {
  /// The text that was matched.
  package let subject: ByteString
  private let offsets: [Int32]

  init(subject: ByteString, offsets: [Int32]) {
    self.subject = subject
    self.offsets = offsets
  }

  /// The text of a group, 0 for the whole match; nil where the group took no part.
  package subscript(group: Int) -> ByteString? {
    guard let range = range(of: group) else { return nil }
    return subject[range]
  }

  /// Where a group matched; nil where it took no part.
  package func range(of group: Int) -> Range<Int>? {
    guard group * 2 + 1 < offsets.count, offsets[group * 2] >= 0 else { return nil }
    return Int(offsets[group * 2])..<Int(offsets[group * 2 + 1])
  }
}
