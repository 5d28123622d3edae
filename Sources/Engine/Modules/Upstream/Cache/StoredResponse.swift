import Bytes
import CLinux
import Sockets
import Wire

/// A response that was found in a cache: its file, which stays open, and its head.
final class StoredResponse {
  let file: OpenFile
  let path: ByteString
  var stored: StoredHead
  let head: ResponseHead

  /// What the file takes of the disk, in bytes.
  let diskSize: Int

  /// The content where it has been read together with the head; nil otherwise.
  var content: ByteBuffer?

  private init(
    _ file: OpenFile, path: ByteString, _ stored: StoredHead, _ head: ResponseHead,
    _ diskSize: Int, content: ByteBuffer?
  ) {
    self.file = file
    self.path = path
    self.stored = stored
    self.head = head
    self.diskSize = diskSize
    self.content = content
  }

  /// What a file turned out to be.
  enum Finding {
    case response(StoredResponse)
    case missing
    /// Of another format, broken, or of another key.
    case unusable(String)
    case failed(SystemError)
  }

  /// How much is read at first, in bytes: most responses fit.
  private static let firstRead = 16_384

  /// Opens and reads a file.
  ///
  /// - Parameter key: What the response must have been stored for.
  static func open(_ path: ByteString, key: ByteString, buffers: BufferPool) -> Finding {
    let file: OpenFile
    let facts: FileFacts
    switch OpenFile.open(path) {
    case .success(let opened): (file, facts) = opened
    case .failure(let error): return error.meansNotFound ? .missing : .failed(error)
    }
    let buffer = buffers.take(firstRead)
    guard facts.kind == .regular, read(file, into: buffer, upTo: firstRead),
      var stored = StoredHead(fixedPartOf: buffer)
    else {
      buffers.give(buffer)
      return .unusable("is no cache file of this version")
    }
    guard facts.size == stored.announcedCount.adding(stored.contentCount),
      read(file, into: buffer, upTo: stored.announcedCount), stored.readTexts(of: buffer)
    else {
      buffers.give(buffer)
      return .unusable("is broken")
    }
    guard stored.key == key else {
      buffers.give(buffer)
      return .unusable("has md5 collision")
    }
    return response(file, path, stored, facts, buffer, buffers)
  }

  /// Reads on until a buffer has so many bytes; false where the file is shorter.
  ///
  /// What is behind them comes along where there is room, and short files are no mistake at first.
  private static func read(_ file: OpenFile, into buffer: ByteBuffer, upTo count: Int) -> Bool {
    while buffer.count < count {
      let offset = buffer.count
      let got = buffer.withWritableBytes(minimum: count - offset) {
        pread(file.descriptor, $0.baseAddress, min($0.count, count - offset), off_t(offset))
      }
      if got < 0, linux_errno() == EINTR { continue }
      guard got > 0 else { return count == firstRead && got == 0 }
    }
    return true
  }

  private static func response(
    _ file: OpenFile, _ path: ByteString, _ stored: StoredHead, _ facts: FileFacts,
    _ buffer: ByteBuffer, _ buffers: BufferPool
  ) -> Finding {
    var content: ByteBuffer?
    if buffer.count == facts.size {
      let copy = buffers.take(max(1, stored.contentCount))
      copy.append(buffer, in: stored.contentStart..<buffer.count)
      content = copy
    }
    buffer.truncate(to: stored.contentStart)
    buffer.consume(stored.headStart)
    var parser = ResponseHeadParser(maximumBytes: StoredHead.maximumHeadCount)
    guard let head = try? parser.parse(Fields(buffer: buffer)), head.byteCount == stored.headCount
    else {
      if let content { buffers.give(content) }
      return .unusable("contains invalid header")
    }
    return .response(
      StoredResponse(file, path: path, stored, head, facts.diskSize, content: content))
  }

  /// Writes the fixed part anew, where the file is still the one that has its name.
  ///
  /// - Returns: false where that was not possible.
  func rewriteHead() -> Bool {
    let descriptor = linux_open_for_rewriting(path.string)
    guard descriptor >= 0 else { return false }
    let file = OpenFile(adopting: descriptor)
    guard file.isSame(as: self.file) else { return false }
    let part = stored.fixedPart
    return pwrite(file.descriptor, part.bytes, part.count, 0) == part.count
  }
}

extension OpenFile {
  /// Whether two descriptors are of one file.
  fileprivate func isSame(as other: OpenFile) -> Bool {
    var (own, others) = (stat(), stat())
    guard fstat(descriptor, &own) == 0, fstat(other.descriptor, &others) == 0 else { return false }
    return own.st_dev == others.st_dev && own.st_ino == others.st_ino
  }
}
