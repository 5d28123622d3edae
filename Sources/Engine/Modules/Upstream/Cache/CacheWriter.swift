import Bytes
import CLinux
import Sockets

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
  private var file: UnfinishedFile?
  private var hasFailed = false

  /// What has not been written yet; small responses are written at once.
  private let pending: ByteBuffer
  private var contentCount = 0
  private var hasWritten = false

  /// How much is collected before it is written, in bytes.
  private static let pieceSize = 32_768

  init(
    _ zone: CacheZone, _ digest: CacheDigest, head: StoredHead, text: ByteString, pool: BufferPool
  ) {
    self.zone = zone
    self.digest = digest
    self.pool = pool
    self.head = head
    path = UnfinishedFile.temporaryPath(zone.path + "/" + digest.fileName)
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
    do throws(SystemError) {
      if isLate, pwrite(file.file.descriptor, fixed.bytes, fixed.count, 0) != fixed.count {
        throw SystemError(call: "pwrite", code: linux_errno())
      }
      let size = file.file.diskSize
      try file.finish(as: zone.path(of: digest)) { zone.makeFolders(of: digest) }
      return size
    } catch {
      discard()
      throw error
    }
  }

  private func writePending() throws(SystemError) {
    guard file != nil || !hasFailed else { return }
    do throws(SystemError) {
      if file == nil { file = try UnfinishedFile(path) { mkdir(zone.path.string, 0o700) } }
      try file?.file.write(pending, count: pending.count)
      hasWritten = true
      pending.clear()
    } catch {
      discard()
      throw error
    }
  }

  /// Removes the file, unless it is complete.
  func discard() {
    pending.clear()
    hasFailed = true
    file = nil
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
