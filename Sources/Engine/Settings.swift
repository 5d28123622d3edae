import Bytes

/// Every inheritable setting, grouped by nginx module.
///
/// A block starts with a copy of its parent's settings; see ``Level``. A group is shared until a
/// block changes it; see ``Inherited``.
package struct Settings: Sendable {
  package var core = Inherited(CoreSettings())
  package var main = Inherited(MainSettings())
  package var ssl = Inherited(SSLSettings())
  package var log = Inherited(LogSettings())
  package var headers = Inherited(HeadersSettings())
  package var access = Inherited(AccessSettings())
  package var authBasic = Inherited(AuthBasicSettings())
  var proxy = Inherited(ProxySettings())
  var fastCGI = Inherited(FastCGISettings())
  package var rewrite = Inherited(RewriteSettings())
  package var index = Inherited(IndexSettings())

  var gzip = Inherited(GzipSettings())
  var limitReq = Inherited(LimitReqSettings())
  var limitConn = Inherited(LimitConnSettings())
  var realIP = Inherited(RealIPSettings())
  var referer = Inherited(RefererSettings())
  var autoindex = Inherited(AutoindexSettings())
  var charset = Inherited(CharsetSettings())
  var secureLink = Inherited(SecureLinkSettings())
  var ssi = Inherited(SSISettings())
  var slice = Inherited(SliceSettings())
  var sub = Inherited(SubSettings())
  var userID = Inherited(UserIDSettings())
  var randomIndex = Inherited(RandomIndexSettings())
  var authRequest = Inherited(AuthRequestSettings())
  var mirror = Inherited(MirrorSettings())
  var addition = Inherited(AdditionSettings())

  var stream = Inherited(StreamSettings())

  /// The defaults of all directives.
  package init() {}
}

/// Settings are equal where they share all groups; see ``Inherited``.
extension Settings: Hashable {
  // A group is two references, and there is nothing between groups (SettingsTests).

  package static func == (left: Settings, right: Settings) -> Bool {
    withUnsafeBytes(of: left) { left in
      withUnsafeBytes(of: right) { left.bytes.isEqual(to: $0.bytes) }
    }
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(withUnsafeBytes(of: self) { $0.bytes.hash })
  }
}
