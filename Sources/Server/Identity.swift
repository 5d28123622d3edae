import Bytes
import CLinux
import Engine
import Sockets

/// The user and the group that serve requests; see `user`.
struct Identity {
  let name: String
  let user: uid_t
  let group: gid_t

  /// Whose rights a program that root starts takes where the configuration says nothing.
  private static let standardUser = "nobody"

  /// - Returns: nil where the rights stay as they are, since the program was not started as root.
  /// - Throws: nginx's sentence about a name that the system does not know.
  init?(of main: MainSettings, _ log: ProgramLog) throws(StartupError) {
    guard geteuid() == 0 else {
      guard main.user != nil else { return nil }
      log.write(
        .warn,
        "the \"user\" directive makes sense only if the master process runs with "
          + "super-user privileges, ignored")
      return nil
    }
    let name = main.user?.string ?? Identity.standardUser
    var user = uid_t()
    var group = gid_t()
    guard linux_user(name, &user, &group) == 1 else {
      throw StartupError("getpwnam(\"\(name)\") failed")
    }
    if let groupName = main.group?.string, groupName != name || main.group != main.user {
      guard linux_group(groupName, &group) == 1 else {
        throw StartupError("getgrnam(\"\(groupName)\") failed")
      }
    }
    self.name = name
    self.user = user
    self.group = group
  }

  /// Gives up the rights of the superuser.
  func take() throws(StartupError) {
    guard let call = linux_become(name, user, group) else { return }
    throw .system("\(String(cString: call))(\(user))")
  }
}

/// The folders that serving needs.
enum Folders {
  /// Makes the folder of temporary files; a folder that is there is left alone.
  static func create(for site: Site, owner: Identity?) throws(StartupError) {
    let path = site.settings.core.clientBodyTempPath.string
    if mkdir(path, 0o700) < 0, linux_errno() != EEXIST { throw .system("mkdir() \"\(path)\"") }
    if let owner, chown(path, owner.user, gid_t.max) < 0 { throw .system("chown() \"\(path)\"") }
  }
}
