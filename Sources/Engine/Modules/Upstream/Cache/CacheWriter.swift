import Bytes
import CLinux
import Sockets
import Synchronization

/// Writes a response into a cache: to a temporary file, which gets its name when it is complete.
///
/// A file that is given up is removed; one that a crash leaves behind is no digest by its name, and
/// the loader removes it.
final class CacheWriter {
  private let zone: CacheZone
  private let digest: CacheDigest
  private let pool: BufferPool
  private var head: StoredHead
  private let path: ByteString

  /// nil before the first write and when the file has been given up.
  private var file: OpenFile?
  private var hasFailed = false

  /// What has not been written yet; small responses are written at once.
  private let pending: ByteBuffer
  private var contentCount = 0
  private var hasWritten = false
  private var isFinished = false

  private static let numbers = Atomic<Int>(0)

  /// How much is collected before it is written, in bytes.
  private static let pieceSize = 32_768

  init(
    _ zone: CacheZone, _ digest: CacheDigest, head: StoredHead, text: ByteString, pool: BufferPool
  ) {
    self.zone = zone
    self.digest = digest
    self.pool = pool
    self.head = head
    path =
      zone.path + "/" + digest.fileName
      + ByteString(
        ".\(getpid()).\(CacheWriter.numbers.wrappingAdd(1, ordering: .relaxed).newValue)")
    pending = pool.take(CacheWriter.pieceSize)
    self.head.append(with: text, to: pending)
  }

  /// Adds content.
  ///
  /// - Throws: What made it fail; the file has been given up then.
  func append(_ buffer: ByteBuffer, in range: Range<Int>) throws(SystemError) {
    contentCount += range.count
    pending.append(buffer, in: range)
    if pending.count >= CacheWriter.pieceSize { try writePending() }
  }

  /// Gives the file its name.
  ///
  /// - Returns: What it takes of the disk, in bytes.
  /// - Throws: What made it fail; the file has been given up then.
  func finish() throws(SystemError) -> Int {
    head.contentCount = contentCount
    let fixed = head.fixedPart
    if !hasWritten {
      for index in 0..<fixed.count { pending[index] = fixed[index] }
    }
    let isLate = hasWritten
    try writePending()
    guard let file else { throw SystemError(call: "write", code: EBADF) }
    if isLate, pwrite(file.descriptor, fixed.bytes, fixed.count, 0) != fixed.count {
      throw giveUp(SystemError(call: "pwrite", code: linux_errno()))
    }
    let size = file.diskSize
    try rename()
    isFinished = true
    return size
  }

  private func rename() throws(SystemError) {
    let target = zone.path(of: digest).string
    if CLinux.rename(path.string, target) == 0 { return }
    if linux_errno() == ENOENT {
      zone.makeFolders(of: digest)
      if CLinux.rename(path.string, target) == 0 { return }
    }
    throw giveUp(SystemError(call: "rename", code: linux_errno()))
  }

  private func writePending() throws(SystemError) {
    if file == nil { try create() }
    guard let file else { return }
    while !pending.isEmpty {
      let count = pending.withReadableBytes { write(file.descriptor, $0.baseAddress, $0.count) }
      if count < 0, linux_errno() == EINTR { continue }
      guard count > 0 else { throw giveUp(SystemError(call: "write", code: linux_errno())) }
      hasWritten = true
      pending.consume(count)
    }
  }

  private func create() throws(SystemError) {
    guard !hasFailed else { return }
    var descriptor = linux_create_exclusively(path.string)
    if descriptor < 0, linux_errno() == ENOENT {
      mkdir(zone.path.string, 0o700)
      descriptor = linux_create_exclusively(path.string)
    }
    guard descriptor >= 0 else {
      hasFailed = true
      throw SystemError(call: "open", code: linux_errno())
    }
    file = OpenFile(adopting: descriptor)
  }

  private func giveUp(_ error: SystemError) -> SystemError {
    discard()
    return error
  }

  /// Removes the file, unless it is complete.
  func discard() {
    pending.clear()
    hasFailed = true
    guard file != nil, !isFinished else { return }
    file = nil
    unlink(path.string)
  }

  /// Gives back its memory; it must not be used afterwards.
  func release() {
    discard()
    pool.give(pending)
  }
}

extension OpenFile {
  /// What the file takes of the disk, in bytes.
  var diskSize: Int {
    var info = stat()
    return fstat(descriptor, &info) == 0 ? Int(info.st_blocks) * 512 : 0
  }
}
