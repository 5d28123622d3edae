import Bytes
import CLinux
import Engine

extension Account {
  /// Gives up the rights of the superuser for those of the account.
  func take() throws(StartupError) {
    guard let call = linux_become(name.string, user, group) else { return }
    throw .system("\(String(cString: call))(\(user))")
  }
}
