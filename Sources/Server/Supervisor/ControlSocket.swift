import Bytes
import CLinux
import Engine
import Sockets

/// Where `-s reload` asks for a reload and waits for its outcome: a Unix socket whose name, in the
/// abstract namespace, is made of the pid file's number on its device.
///
/// So nothing is left behind on the disk, and the name leads to the process that the file names.
/// Only the user that the supervisor runs as, and the superuser, are heard. Confined to the
/// supervisor's loop.
final class ControlSocket {
  private let descriptor: Descriptor
  private let loop: EventLoop
  private var watch: Watch?
  private var clients: [ReloadClient] = []

  /// Clients that may wait at a time.
  private static let maximumClients = 64

  /// The name that belongs to a pid file; nil where there is no such file.
  static func name(for pidFile: String) -> String? {
    var identity: [UInt64] = [0, 0]
    guard linux_file_identity(pidFile, &identity) == 0 else { return nil }
    return "apus/\(identity[0])/\(identity[1])"
  }

  /// - Parameter asked: Told of each client that wants a reload.
  init(
    for pidFile: String, on loop: EventLoop, asked: @escaping (ReloadClient) -> Void
  ) throws(SystemError) {
    guard let name = ControlSocket.name(for: pidFile) else {
      throw SystemError(call: "stat", code: linux_errno())
    }
    self.loop = loop
    descriptor = Descriptor(adopting: try SystemError.check("bind", linux_listen_abstract(name)))
    watch = try Watch(descriptor.number, on: loop, reads: true, writes: false) {
      [unowned self] _, _ in accept(asked)
    }
  }

  private func accept(_ asked: @escaping (ReloadClient) -> Void) {
    var storage = sockaddr_storage()
    var length = socklen_t(0)
    let number = linux_accept(descriptor.number, &storage, &length)
    guard number >= 0 else { return }
    let accepted = Descriptor(adopting: number)
    guard clients.count < ControlSocket.maximumClients, isTrusted(accepted) else { return }
    _ = linux_block(number)
    let client = ReloadClient(Channel(accepted, accepting: .ofQuestions)) { [unowned self] client in
      clients.removeAll { $0 === client }
      loop.afterBatch { withExtendedLifetime(client) {} }
    }
    clients.append(client)
    client.start(on: loop, asked)
  }

  private func isTrusted(_ client: Descriptor) -> Bool {
    var (process, user, group) = (pid_t(0), uid_t(0), gid_t(0))
    guard linux_peer_credentials(client.number, &process, &user, &group) == 0 else { return false }
    return user == 0 || user == geteuid()
  }
}

/// Somebody who has asked for a reload.
final class ReloadClient {
  private let channel: Channel
  private let ended: (ReloadClient) -> Void
  private var watch: Watch?
  private var hasAsked = false

  fileprivate init(_ channel: Channel, ended: @escaping (ReloadClient) -> Void) {
    self.channel = channel
    self.ended = ended
  }

  fileprivate func start(on loop: EventLoop, _ asked: @escaping (ReloadClient) -> Void) {
    watch = try? Watch(channel.descriptor.number, on: loop, reads: true, writes: false) {
      [unowned self] _, _ in receive(asked)
    }
    if watch == nil { close() }
  }

  private func receive(_ asked: (ReloadClient) -> Void) {
    switch try? channel.receiveAvailable() {
    case .message(let message)?:
      guard message.kind == .reload, message.payload.isEmpty, message.descriptors.isEmpty,
        !hasAsked
      else { return close() }
      hasAsked = true
      asked(self)
    case .wouldBlock?: return
    case .bereft?, .end?, nil: close()
    }
  }

  /// Tells the outcome; a client that has gone does not matter.
  func answer(_ report: ReloadReport) {
    try? channel.send(Message(report))
    close()
  }

  private func close() {
    watch?.stop()
    ended(self)
  }
}

extension Supervisor {
  /// Opens the socket that belongs to the pid file.
  func openControl() {
    control = nil
    do throws(SystemError) {
      control = try ControlSocket(for: pidFile.path, on: loop) { [unowned self] client in
        requestReload(for: client)
      }
    } catch {
      log.write(
        .warn, "\(error) for the control socket: \"-s reload\" will not tell what came of it")
    }
  }
}
