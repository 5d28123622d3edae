/// Every inheritable setting, grouped by nginx module.
///
/// A block starts with a copy of its parent's settings; see ``Level``. A group is shared until a
/// block changes it; see ``Inherited``.
package struct Settings: Sendable {
  @Inherited package var core = CoreSettings()
  @Inherited package var main = MainSettings()
  @Inherited package var ssl = SSLSettings()
  @Inherited var proxy = ProxySettings()
  @Inherited package var rewrite = RewriteSettings()

  package init() {}
}
