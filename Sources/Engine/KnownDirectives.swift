import Bytes

/// The directives that nginx's documentation lists.
///
/// A name from here that has no row in a module is refused with a sentence of its own, since it is
/// neither misspelt nor may it be ignored.
enum KnownDirectives {
  static let names: Set<ByteString> = []
}
