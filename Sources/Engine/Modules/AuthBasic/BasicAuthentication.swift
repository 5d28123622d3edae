import Bytes
import CLinux
import Sockets
import Wire

/// Lets clients in that know a user's password.
struct BasicAuthentication: AccessRule {
  private let realm: Template
  private let userFile: Template
  private let folder: ByteString

  /// nil where the settings ask for no password.
  init?(_ settings: AuthBasicSettings) {
    guard let realm = settings.realm, let userFile = settings.userFile, realm.constant != "off"
    else { return nil }
    self.realm = realm
    self.userFile = userFile
    folder = settings.folder
  }

  func decide(_ exchange: Exchange) async throws(Failure) -> AccessDecision {
    let realm = realm.value(for: exchange)
    if realm == "off" { return .undecided }
    guard let credentials = exchange.basicCredentials else {
      exchange.logError(.info, "no user/password was provided for basic authentication")
      return challenge(realm, exchange)
    }
    let path = path(for: exchange)
    let file = try read(path, exchange)
    let user = credentials.user.printable
    guard let stored = file.storedPassword(of: credentials.user) else {
      exchange.logError(.error, "user \"\(user)\" was not found in \"\(path)\"")
      return challenge(realm, exchange)
    }
    guard try matches(credentials.password, stored, exchange) else {
      exchange.logError(.error, "user \"\(user)\": password mismatch")
      return challenge(realm, exchange)
    }
    return .allowed
  }

  private func path(for exchange: Exchange) -> ByteString {
    let path = userFile.value(for: exchange)
    return path.hasPrefix("/") ? path : folder + path
  }

  private func read(_ path: ByteString, _ exchange: Exchange) throws(Failure) -> UserFile {
    let cache = exchange.connection.servingLoop.userFiles
    do throws(SystemError) {
      return try cache.file(at: path, now: Int(exchange.loop.clock.seconds))
    } catch {
      let isMissing = error.code == ENOENT
      exchange.logError(
        isMissing ? .error : .crit, "\(error.call)() \"\(path)\" failed \(error.reason)")
      throw .status(isMissing ? 403 : 500)
    }
  }

  private func matches(
    _ password: ByteString, _ stored: ByteString, _ exchange: Exchange
  ) throws(Failure) -> Bool {
    do throws(PasswordHash.Problem) {
      return try PasswordHash.matches(password, stored: stored)
    } catch {
      exchange.logError(.crit, "\(SystemError(call: "crypt_r", code: error.code))")
      throw .status(500)
    }
  }

  private func challenge(_ realm: ByteString, _ exchange: Exchange) -> AccessDecision {
    exchange.response.fields.set(
      .wwwAuthenticate, spelled: "WWW-Authenticate", to: "Basic realm=\"" + realm + "\"")
    return .denied(401)
  }
}

extension ByteString {
  /// The text for a log: control characters, which could forge lines, as `\xXX`.
  fileprivate var printable: ByteString {
    let buffer = ByteBuffer(capacity: count)
    buffer.append(self)
    LogEscaping.standard.escape(buffer, from: 0)
    return buffer.allBytes
  }
}
