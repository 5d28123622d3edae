/// One field line of a head: where its name and value stand in the buffer.
package struct FieldLine: Sendable {
  /// The field name.
  package var name: ByteRange

  /// The value without the spaces around it.
  package var value: ByteRange

  /// The hash of the name; see ``FieldName/hash(of:)``.
  package var nameHash: UInt32

  /// Whether lookups and iteration pass over the line.
  package var isRemoved = false

  @inlinable package init(name: ByteRange, value: ByteRange, nameHash: UInt32) {
    self.name = name
    self.value = value
    self.nameHash = nameHash
  }
}
