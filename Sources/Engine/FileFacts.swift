import Bytes
import CLinux
import Sockets

/// What the file system says of a file.
struct FileFacts {
  enum Kind {
    case regular, directory, link
    /// A device, a socket or a pipe.
    case other
  }

  let kind: Kind

  /// In bytes.
  let size: Int

  /// What it takes of the disk, in bytes.
  let diskSize: Int

  /// In seconds since 1970.
  let modificationTime: Int

  /// Whether its owner may execute it.
  let isExecutable: Bool

  /// Which file it is, in which state.
  let version: Version

  /// What differs between two files, and between two states of one but for changes in so short a
  /// time that its file system's clock does not tell them apart.
  struct Version: Equatable {
    let device: UInt64
    let inode: UInt64
    let size: Int

    /// In nanoseconds since 1970.
    let modificationTime: Int
    let changeTime: Int
  }

  /// Asks about a path.
  static func of(_ path: ByteString) -> Result<FileFacts, SystemError> {
    var info = stat()
    let result = path.withPath { stat($0, &info) }
    guard result == 0 else { return .failure(SystemError(call: "stat", code: linux_errno())) }
    return .success(FileFacts(info))
  }

  private init(_ info: stat) {
    kind =
      switch CInt(bitPattern: info.st_mode) & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFLNK: .link
      default: .other
      }
    size = Int(info.st_size)
    diskSize = Int(info.st_blocks) * 512
    modificationTime = info.st_mtim.tv_sec
    version = Version(info)
    isExecutable = CInt(bitPattern: info.st_mode) & CInt(S_IXUSR) != 0
  }
}

extension OpenFile {
  /// Opens a file for reading.
  ///
  /// - Returns: The file and what is known of it, or why it cannot be had.
  static func open(_ path: ByteString) -> Result<(file: OpenFile, facts: FileFacts), SystemError> {
    // Without O_NONBLOCK, which the call sets, a pipe would wait for a writer.
    let descriptor = path.withPath { linux_open_for_reading($0) }
    guard descriptor >= 0 else {
      return .failure(SystemError(call: "open", code: linux_errno()))
    }
    let file = OpenFile(adopting: descriptor)
    return FileFacts.of(descriptor).map { (file, $0) }
  }
}

extension FileFacts {
  fileprivate static func of(_ descriptor: CInt) -> Result<FileFacts, SystemError> {
    var info = stat()
    guard fstat(descriptor, &info) == 0 else {
      return .failure(SystemError(call: "fstat", code: linux_errno()))
    }
    return .success(FileFacts(info))
  }
}

extension SystemError {
  /// Whether the path leads to nothing.
  var meansNotFound: Bool { code == ENOENT || code == ENOTDIR || code == ENAMETOOLONG }
}

extension ByteString {
  /// Lends the bytes with a NUL behind them to a system call.
  fileprivate func withPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { text in
      for index in 0..<count { text[index] = CChar(bitPattern: bytes[index]) }
      text[count] = 0
      guard let start = text.baseAddress else { preconditionFailure("the NUL is there") }
      return body(start)
    }
  }
}

extension FileFacts.Version {
  fileprivate init(_ info: stat) {
    device = UInt64(info.st_dev)
    inode = UInt64(info.st_ino)
    size = Int(info.st_size)
    modificationTime = nanoseconds(info.st_mtim)
    changeTime = nanoseconds(info.st_ctim)
  }
}

/// Wraps around for times that no clock shows, which are as different from others afterwards.
private func nanoseconds(_ time: timespec) -> Int {
  time.tv_sec &* 1_000_000_000 &+ time.tv_nsec
}
