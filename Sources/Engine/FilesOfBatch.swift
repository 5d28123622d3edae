import Bytes
import Sockets

/// The regular files that requests of the current batch of events have opened, for those of the
/// same batch that ask for the same ones.
///
/// What many ask for at once is opened and read once. For each request the file system is asked
/// whether the path still leads to the same file in the same state, which costs one system call
/// instead of four. Nothing outlives the batch, so that what `stat` does not tell at once (changes
/// through a mapping, or by another machine of a network's file system) is seen a few milliseconds
/// later at most. Confined to its loop.
final class FilesOfBatch {
  private struct Entry {
    let path: ByteString
    let file: OpenFile
    let facts: FileFacts
  }

  /// How many files are kept open at most.
  private static let capacity = 16

  /// Up to this size, in bytes, the content is kept too.
  static let largestContent = 16_384

  /// How long a file must not have changed, in nanoseconds: after a change so recent, another one
  /// may leave the file's times as they are.
  private static let settlingTime = 2_000_000_000

  private let loop: EventLoop
  private var entries: [Entry] = []

  init(on loop: EventLoop) { self.loop = loop }

  /// Opens a file for reading, unless a request of the same batch did.
  ///
  /// - Returns: The file and what is known of it, or why it cannot be had.
  func open(_ path: ByteString) -> Result<(file: OpenFile, facts: FileFacts), SystemError> {
    if let index = entries.firstIndex(where: { $0.path == path }) {
      let entry = entries[index]
      if isUnchanged(entry) {
        readContent(of: entry)
        return .success((entry.file, entry.facts))
      }
      entries.remove(at: index)
    }
    let result = OpenFile.open(path)
    if case .success((let file, let facts)) = result, mayKeep(facts) {
      if entries.isEmpty { loop.afterBatch { [self] in entries.removeAll(keepingCapacity: true) } }
      entries.append(Entry(path: path, file: file, facts: facts))
    }
    return result
  }

  private func isUnchanged(_ entry: Entry) -> Bool {
    guard case .success(let facts) = FileFacts.of(entry.path) else { return false }
    return facts.version == entry.facts.version
  }

  private func mayKeep(_ facts: FileFacts) -> Bool {
    guard facts.kind == .regular, entries.count < FilesOfBatch.capacity else { return false }
    let now = Int(loop.clock.milliseconds) * 1_000_000
    return facts.version.changeTime < now - FilesOfBatch.settlingTime
  }

  /// Reads a small file as a whole, for the second request and those after it.
  private func readContent(of entry: Entry) {
    let size = entry.facts.size
    guard entry.file.content == nil, size <= FilesOfBatch.largestContent else { return }
    let buffer = loop.buffers.take(max(size, 1))
    let part = FilePart(entry.file, offset: 0, count: size)
    while part.count > 0, part.read(into: buffer) {}
    if part.count == 0 { entry.file.content = buffer.allBytes }
    loop.buffers.give(buffer)
  }
}
