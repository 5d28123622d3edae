import Bytes

/// What documents write around a configuration or in place of a part of it.
package enum ForeignLine {
  private static let commands: Set<ByteString> = [
    "apt", "apt-get", "cat", "cd", "certbot", "chmod", "chown", "cp", "curl", "dnf", "docker", "ln",
    "mkdir", "mv", "nano", "nginx", "openssl", "rm", "sed", "service", "sudo", "systemctl", "tee",
    "touch", "vi", "vim", "wget", "yum",
  ]

  /// What the first word of a statement says of the line that it begins; nil where that may be
  /// nginx's language.
  package static func advice(on word: Word) -> String? {
    let text = word.text
    if word.isQuoted || text.isEmpty { return nil }
    if isPlaceholder(text) {
      return "\"\(text)\" stands for what was left out: put that in its place, or remove it"
    }
    if ["```", "~~~"].contains(where: { text.hasPrefix($0) }) {
      return "a line of Markdown, not of a configuration: remove it"
    }
    if ["/*", "//", "<!--"].contains(where: { text.hasPrefix($0) }) {
      return "comments begin with # and end with the line"
    }
    guard text == "$" || commands.contains(text) || text.isPrompt else { return nil }
    return "a command for a shell, not for a configuration: remove the line"
  }

  /// Dots, perhaps in brackets.
  private static func isPlaceholder(_ text: ByteString) -> Bool {
    let ellipsis: [UInt8] = Array("\u{2026}".utf8)
    let brackets = Array("[](){}<>".utf8)
    let inner = text.bytes.filter { !brackets.contains($0) }
    let isDots = inner.count >= 2 && inner.allSatisfy { $0 == UInt8(ascii: ".") }
    return isDots || inner == ellipsis
  }
}

extension ByteString {
  /// Whether it is what a shell shows before a command, such as `user@host:~$`.
  fileprivate var isPrompt: Bool {
    bytes.contains(UInt8(ascii: "@")) && (hasSuffix("$") || hasSuffix("#"))
  }
}
