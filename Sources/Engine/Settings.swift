/// Every inheritable setting, grouped by nginx module.
///
/// A block starts with a copy of its parent's settings; see ``Level``. A group is shared until a
/// block changes it; see ``Inherited``.
package struct Settings: Sendable {
  @Inherited package var core = CoreSettings()
  @Inherited package var main = MainSettings()
  @Inherited package var ssl = SSLSettings()
  @Inherited package var log = LogSettings()
  @Inherited package var headers = HeadersSettings()
  @Inherited package var access = AccessSettings()
  @Inherited package var authBasic = AuthBasicSettings()
  @Inherited var proxy = ProxySettings()
  @Inherited var fastCGI = FastCGISettings()
  @Inherited package var rewrite = RewriteSettings()
  @Inherited package var index = IndexSettings()

  /// The defaults of all directives.
  package init() {}

  /// Notes that a block begins, whose directives add to what it inherits.
  mutating func enterBlock() {
    if headers.isSet { headers.enterBlock() }
  }
}
