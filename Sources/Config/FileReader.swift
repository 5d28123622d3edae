package import Bytes
import CLinux

/// Why a configuration file could not be read.
package struct ReadError: Error, Equatable, Sendable {
  /// The call that failed, as nginx names it: `open()`, `pread()` or `glob()`.
  package let call: String

  /// The `errno` of the call.
  package let code: CInt

  /// What a failed call says.
  package init(call: String, code: CInt) {
    self.call = call
    self.code = code
  }

  /// What the system calls the code.
  package var reason: String {
    strerror(code).map { String(cString: $0) } ?? "Unknown error"
  }
}

/// Where configuration files come from: the disk, or whoever has read it before.
package protocol FileReader: Sendable {
  /// The content of a file.
  func bytes(of path: String) throws(ReadError) -> ByteString

  /// The paths that match a pattern of `glob(7)`, in its order; none is no error.
  func paths(matching pattern: String) throws(ReadError) -> [String]
}

/// Reads configuration files from the disk.
package struct DiskReader: FileReader {
  /// The largest file that is read, in bytes.
  package static let maximumSize = 256 << 20

  /// The most that is read from a FIFO, in bytes, and how long the next piece may take, in
  /// milliseconds.
  private static let maximumSizeOfFIFO = 1 << 20
  private static let patience: CInt = 5_000

  /// A reader of the disk, which keeps nothing.
  package init() {}

  /// As many bytes as the file had when it was opened, at most ``maximumSize``.
  package func bytes(of path: String) throws(ReadError) -> ByteString {
    // A FIFO must not stop the program; for files the flag means nothing.
    let descriptor = linux_open_for_reading(path)
    guard descriptor >= 0 else { throw ReadError(call: "open()", code: linux_errno()) }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      throw ReadError(call: "fstat()", code: linux_errno())
    }
    let isFIFO = information.st_mode & mode_t(S_IFMT) == mode_t(S_IFIFO)
    if isFIFO { return try contentOfFIFO(descriptor) }
    guard information.st_size <= Self.maximumSize else {
      throw ReadError(call: "open()", code: EFBIG)
    }
    return try content(of: descriptor, size: Int(information.st_size))
  }

  /// All that is written to a FIFO, such as a password that somebody types elsewhere.
  private func contentOfFIFO(_ descriptor: CInt) throws(ReadError) -> ByteString {
    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 4096)
    while bytes.count < Self.maximumSizeOfFIFO {
      guard linux_wait_for_reading(descriptor, Self.patience) != 0 else { break }
      let count = read(descriptor, &room, room.count)
      if count < 0 && [EINTR, EAGAIN].contains(linux_errno()) { continue }
      guard count >= 0 else { throw ReadError(call: "read()", code: linux_errno()) }
      guard count > 0 else { break }
      bytes += room[..<count]
    }
    return ByteString(bytes)
  }

  /// As many bytes as the file had when it was opened, which is what nginx reads.
  private func content(of descriptor: CInt, size: Int) throws(ReadError) -> ByteString {
    var code: CInt = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let result = pread(descriptor, buffer.baseAddress?.advanced(by: count), size - count, count)
        if result < 0 && linux_errno() == EINTR { continue }
        if result < 0 { code = linux_errno() }
        if result <= 0 { break }
        count += result
      }
    }
    guard code == 0 else { throw ReadError(call: "pread()", code: code) }
    return ByteString(bytes)
  }

  /// Asks `glob(3)`.
  package func paths(matching pattern: String) throws(ReadError) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    let result = glob(pattern, 0, nil, &found)
    if result == GLOB_NOMATCH { return [] }
    guard result == 0 else { throw ReadError(call: "glob()", code: linux_errno()) }
    return (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].map { String(cString: $0) }
    }
  }
}
