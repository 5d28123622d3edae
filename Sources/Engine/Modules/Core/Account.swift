package import Bytes
import CLinux
import Config

/// A user and a group of the system, whose rights the process has that serves requests.
package struct Account: Equatable, Sendable {
  /// The name of the user, by which the system finds further groups.
  package let name: ByteString
  package let user: UInt32
  package let group: UInt32

  /// Whose rights a program that the superuser starts takes where the configuration says nothing.
  package static let standardName: ByteString = "nobody"

  /// An account that has been looked up before.
  package init(name: ByteString, user: UInt32, group: UInt32) {
    self.name = name
    self.user = user
    self.group = group
  }

  /// Looks a user up.
  ///
  /// - Parameter groupName: nil takes the group of the user's name, or else the user's own.
  /// - Throws: nginx's sentence about a name that the system does not know.
  package init(name: ByteString, groupName: ByteString? = nil) throws(AccountError) {
    var user = uid_t()
    var group = gid_t()
    guard linux_user(name.string, &user, &group) == 1 else {
      throw AccountError(isGroup: false, message: "getpwnam(\"\(name)\") failed")
    }
    let hasGroup = linux_group((groupName ?? name).string, &group) == 1
    guard hasGroup || groupName == nil else {
      throw AccountError(isGroup: true, message: "getgrnam(\"\(groupName ?? name)\") failed")
    }
    self.init(name: name, user: user, group: group)
  }

  /// The account that a `user` directive names.
  init(of statement: Statement) throws(Diagnostic) {
    let words = statement.arguments
    do throws(AccountError) {
      try self.init(name: words[0].text, groupName: words.count > 1 ? words[1].text : nil)
    } catch {
      throw .custom(error.message, at: statement, word: error.isGroup ? words.last : words[0])
    }
  }
}

/// A name that the system does not know.
package struct AccountError: Error {
  let isGroup: Bool

  /// nginx's sentence.
  package let message: String
}

extension Diagnostic {
  static func userIsIgnored(at statement: Statement) -> Diagnostic {
    .custom(
      "the \"user\" directive makes sense only if the master process runs with "
        + "super-user privileges, ignored", at: statement, severity: .warning)
  }
}
