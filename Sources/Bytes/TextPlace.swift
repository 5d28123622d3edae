/// A place for a text that is there at times; appending the text to a buffer counts no reference.
///
/// What is read from a property of an object is copied and counted, since the property might change
/// meanwhile. A place cannot be copied, and is used where it is.
public struct TextPlace: ~Copyable {
  /// The text; nil where none is there.
  public var text: ByteString?

  /// An empty place.
  @inlinable public init() {}

  /// Whether no byte would be appended.
  @inlinable public var isEmpty: Bool { text?.isEmpty ?? true }

  /// Appends the text where one is there.
  @inlinable @inline(__always)
  public func append(to output: ByteBuffer) {
    if let text { output.append(text) }
  }
}
