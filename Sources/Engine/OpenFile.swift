package import Bytes
import CLinux

/// A part of a file that is to be sent.
package final class FilePart {
  /// The file, which stays open for as long.
  package let file: OpenFile

  /// Where the part begins, in bytes.
  package var offset: Int

  /// The bytes of the part.
  package var count: Int

  /// A part of a file.
  package init(_ file: OpenFile, offset: Int, count: Int) {
    self.file = file
    self.offset = offset
    self.count = count
  }

  /// Appends the next bytes of the part to a buffer, as many as it has room for.
  ///
  /// - Returns: false where the file ends early or cannot be read.
  package func read(into buffer: ByteBuffer) -> Bool {
    if let content = file.content {
      buffer.append(content, in: offset..<offset + count)
      offset += count
      count = 0
      return true
    }
    let limit = count
    let got = buffer.withWritableBytes(minimum: 1) { space in
      pread(file.descriptor, space.baseAddress, min(space.count, limit), off_t(offset))
    }
    guard got > 0 else { return false }
    offset += got
    count -= got
    return true
  }
}

/// A file that is open as long as something refers to it.
package final class OpenFile {
  /// The descriptor, which is closed with the object.
  package let descriptor: CInt

  /// The whole of it, where that was read already; see ``FilesOfBatch``.
  var content: ByteString?

  /// Takes over a descriptor.
  package init(adopting descriptor: CInt) { self.descriptor = descriptor }

  deinit { CLinux.close(descriptor) }
}
