package import Bytes
package import Config

/// A block while it is being read: what its directives have set so far.
///
/// A block starts with a copy of its parent's settings. Copying is the whole of inheritance: there
/// are no unset values and nothing is merged afterwards.
package final class Level {
  /// The kind of block.
  package let context: Contexts

  /// What the whole configuration has in common.
  package let load: Load

  /// What the block's directives have set, on top of what it inherits.
  package var settings: Settings {
    _read { yield inherited.value }
    _modify { yield &inherited.value }
  }

  /// The settings, for the blocks inside and for what is made of the block.
  private(set) var inherited: Inherited<Settings>

  /// The directives that this block has used, for duplicates and for lists that start anew.
  package var namesUsed = Set<String>(minimumCapacity: 8)

  /// The server that the block belongs to; nil outside of servers.
  package var server: ServerDraft?

  /// The location that the block configures; a server block has one of its own.
  package var location: LocationDraft?

  /// The server of `stream` that the block configures.
  package var streamServer: StreamServerDraft?

  /// The upstream that the block configures.
  package var upstream: UpstreamDraft?

  /// A block that begins.
  init(
    context: Contexts, load: Load, inheriting inherited: Inherited<Settings>,
    server: ServerDraft? = nil,
    location: LocationDraft? = nil, upstream: UpstreamDraft? = nil
  ) {
    self.context = context
    self.load = load
    self.inherited = inherited
    self.server = server
    self.location = location
    self.upstream = upstream
    // Settings are copied with the first change.
    if settings.headers.differsInside { settings.headers.value.enterBlock() }
  }

  /// The variables of the block's world.
  package var variables: VariableTable {
    context.isInStream ? load.stream.variables : load.variables
  }

  /// The groups of servers of the block's world.
  var upstreamGroups: UpstreamGroups {
    context.isInStream ? load.stream.upstreamGroups : load.upstreamGroups
  }

  /// Notes the use of a directive that may stand once in a block.
  ///
  /// - Throws: nginx's `directive is duplicate`.
  package func markUsed(_ name: String, by statement: Statement) throws(Diagnostic) {
    guard namesUsed.insert(name).inserted else { throw .duplicate(statement) }
  }

  /// Compiles a word that may contain variables.
  ///
  /// - Throws: `invalid variable name` and the like.
  package func template(_ word: Word, of statement: Statement) throws(Diagnostic) -> Template {
    try Template.compile(word.text, at: word, of: statement, variables: variables)
  }

  /// Compiles a word whose variables nginx looks at when a server inherits it, and not before.
  ///
  /// What is wrong with it is reported at the end of `http`, if there is a server.
  package func inheritedTemplate(_ word: Word, of statement: Statement) -> Template {
    do {
      return try Template.compile(
        word.text, at: word, of: statement, variables: load.variables, isInherited: true)
    } catch {
      load.inheritedProblems.append(error)
      return Template(constant: ByteString())
    }
  }

  /// Returns the full path of a file that a directive names; relative paths start at the prefix.
  package func pathBelowPrefix(_ path: ByteString) -> ByteString {
    path.first == UInt8(ascii: "/") ? path : ByteString(load.options.prefix) + path
  }

  /// Returns the full path of a file that belongs to the configuration, such as a certificate;
  /// relative paths start at the folder of the main configuration file.
  package func pathBesideConfiguration(_ path: ByteString) -> ByteString {
    path.first == UInt8(ascii: "/") ? path : ByteString(load.options.configurationFolder) + path
  }
}
