/// What `Server` and error pages say of the program; see `server_tokens`.
package enum ServerTokens: String, Keyword {
  /// nginx's `build` adds the name of the build to the version; there are none.
  case on, off, build

  /// The name, and the version unless it is to be kept back.
  package var text: StaticString { self == .off ? "apus" : Program.nameAndVersion }
}
