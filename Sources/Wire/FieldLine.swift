/// One field line of a head: where its name and value stand in the buffer.
public struct FieldLine: Sendable {
  /// The field name.
  public var name: ByteRange

  /// The value without the spaces around it.
  public var value: ByteRange

  /// The hash of the name; see ``FieldName/hash(of:)``.
  public var nameHash: UInt32

  /// The field where the program knows the name.
  public var known: KnownField

  /// Whether lookups and iteration pass over the line.
  public var isRemoved = false

  /// Whether the line is known to stand in its head as it would be written.
  ///
  /// That is: name, colon, space, value and CRLF. Where ``value`` has changed, it does not any
  /// more.
  public let isPlain: Bool

  /// A line from its parts.
  @inlinable public init(
    name: ByteRange, value: ByteRange, nameHash: UInt32, known: KnownField, isPlain: Bool = false
  ) {
    self.name = name
    self.value = value
    self.nameHash = nameHash
    self.known = known
    self.isPlain = isPlain
  }
}
