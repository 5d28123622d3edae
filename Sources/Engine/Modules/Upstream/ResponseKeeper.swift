import Bytes

/// Who gets the content of a server's response beside the client.
protocol ResponseKeeper: AnyObject {
  /// Whether the response is of use without the client, too.
  var outlivesClient: Bool { get }

  /// Whether the content is being kept.
  var isStoring: Bool { get }

  /// Keeps the first bytes of a buffer, which stay there.
  func append(_ buffer: ByteBuffer, count: Int)

  /// Notes that the content is complete.
  func complete()
}
