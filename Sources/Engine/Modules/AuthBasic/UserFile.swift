import Bytes
import CLinux
import Sockets

/// The text of a file of user names and stored passwords; see `auth_basic_user_file`.
struct UserFile: Equatable {
  let text: ByteString

  /// What is stored for a user; nil where the file does not know the user.
  ///
  /// A line is a name, a colon, the stored password, and perhaps a colon and a comment. Lines that
  /// start with `#` are comments.
  func storedPassword(of user: ByteString) -> ByteString? {
    let colon = UInt8(ascii: ":")
    let beginning = user.bytes + [colon]
    var rest = text.bytes[...]
    while !rest.isEmpty {
      let end = rest.firstIndex(of: ASCII.lineFeed) ?? rest.endIndex
      let line = rest[..<end]
      rest = rest[min(end + 1, rest.endIndex)...]
      guard line.first != UInt8(ascii: "#"), line.starts(with: beginning) else { continue }
      let stored = line.dropFirst(beginning.count)
      return ByteString(stored.prefix { $0 != colon && $0 != ASCII.carriageReturn })
    }
    return nil
  }
}

/// The user files that a loop has read, so that an unchanged one is not read for each request.
///
/// Confined to one loop.
final class UserFileCache {
  private struct Entry {
    let identity: Identity
    let file: UserFile
  }

  /// What tells one state of a file from another.
  ///
  /// Its time is that of the last change of the inode: programs that copy files set the other one
  /// to what it was where the copy comes from.
  private struct Identity: Equatable {
    let device: UInt64
    let inode: UInt64
    let size: Int
    let seconds: Int
    let nanoseconds: Int

    init(_ information: stat) {
      device = UInt64(information.st_dev)
      inode = UInt64(information.st_ino)
      size = Int(information.st_size)
      seconds = Int(information.st_ctim.tv_sec)
      nanoseconds = Int(information.st_ctim.tv_nsec)
    }
  }

  private static let maximumCount = 64
  private static let maximumSize = 1 << 20

  private var entries: [ByteString: Entry] = [:]

  /// Reads a file, or finds it unchanged.
  ///
  /// - Parameter now: Seconds since 1970.
  /// - Throws: The call that failed.
  func file(at path: ByteString, now: Int) throws(SystemError) -> UserFile {
    guard !path.bytes.contains(0) else { throw SystemError(call: "open", code: ENOENT) }
    var information = stat()
    if let entry = entries[path], stat(path.string, &information) == 0,
      Identity(information) == entry.identity
    {
      return entry.file
    }
    let descriptor = try SystemError.check("open", linux_open_for_reading(path.string))
    defer { close(descriptor) }
    try SystemError.check("fstat", fstat(descriptor, &information))
    let file = UserFile(text: try UserFileCache.content(of: descriptor))
    keep(file, at: path, Identity(information), now)
    return file
  }

  private func keep(_ file: UserFile, at path: ByteString, _ identity: Identity, _ now: Int) {
    entries[path] = nil
    // A file that was changed just now may change again with the same time.
    guard identity.seconds + 2 < now, file.text.count <= UserFileCache.maximumSize else { return }
    if entries.count >= UserFileCache.maximumCount { entries.removeAll() }
    entries[path] = Entry(identity: identity, file: file)
  }

  private static func content(of descriptor: CInt) throws(SystemError) -> ByteString {
    let buffer = ByteBuffer(capacity: 4096)
    while true {
      let count = buffer.withWritableBytes(minimum: 4096) {
        read(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, linux_errno() == EINTR { continue }
      guard count >= 0 else { throw SystemError(call: "read", code: linux_errno()) }
      if count == 0 { return buffer.allBytes }
    }
  }
}
