/// Where a value is in what holds it, to be read and changed there.
package typealias MemberPath<Root, Value> = any WritableKeyPath<Root, Value> & Sendable

/// Where a directive's value is in the settings of a block, such as `.core.isNoDelay`.
///
/// A key path from the settings to the value would have the whole group copied for each change: a
/// group is reached by code, as it may have to become the block's own first.
///
/// Rows of directives take their paths as autoclosures: to make those of all rows takes longer than
/// to read a small file.
@dynamicMemberLookup
package struct SettingPath<Value: Sendable>: Sendable {
  fileprivate let read: @Sendable (Settings) -> Value
  fileprivate let change: @Sendable (inout Settings, (inout Value) -> Void) -> Void

  /// A part of the value.
  package subscript<Part: Sendable>(
    dynamicMember part: MemberPath<Value, Part>
  ) -> SettingPath<Part> {
    SettingPath<Part>(read: { read($0)[keyPath: part] }) { settings, body in
      change(&settings) { body(&$0[keyPath: part]) }
    }
  }
}

/// Where a group of settings is.
@dynamicMemberLookup
package struct GroupPath<Group: Sendable>: Sendable {
  fileprivate let group: MemberPath<Settings, Inherited<Group>>

  /// A member of the group.
  package subscript<Value: Sendable>(
    dynamicMember member: MemberPath<Group, Value>
  ) -> SettingPath<Value> {
    SettingPath<Value>(read: { [group] in $0[keyPath: group].value[keyPath: member] }) {
      [group] in $1(&$0[keyPath: group].value[keyPath: member])
    }
  }
}

extension Settings {
  /// The value at a path.
  func value<Value>(at path: SettingPath<Value>) -> Value { path.read(self) }

  /// Changes the value at a path in its place.
  mutating func change<Value>(_ path: SettingPath<Value>, _ body: (inout Value) -> Void) {
    path.change(&self, body)
  }

  /// Sets the value at a path.
  mutating func set<Value>(_ path: SettingPath<Value>, to value: Value) {
    path.change(&self) { $0 = value }
  }
}

extension SettingPath {
  // The groups that directives name.

  static var core: GroupPath<CoreSettings> { GroupPath(group: \.core) }
  static var main: GroupPath<MainSettings> { GroupPath(group: \.main) }
  static var ssl: GroupPath<SSLSettings> { GroupPath(group: \.ssl) }
  static var log: GroupPath<LogSettings> { GroupPath(group: \.log) }
  static var headers: GroupPath<HeadersSettings> { GroupPath(group: \.headers) }
  static var authBasic: GroupPath<AuthBasicSettings> { GroupPath(group: \.authBasic) }
  static var proxy: GroupPath<ProxySettings> { GroupPath(group: \.proxy) }
  static var fastCGI: GroupPath<FastCGISettings> { GroupPath(group: \.fastCGI) }
  static var rewrite: GroupPath<RewriteSettings> { GroupPath(group: \.rewrite) }
  static var gzip: GroupPath<GzipSettings> { GroupPath(group: \.gzip) }
  static var limitReq: GroupPath<LimitReqSettings> { GroupPath(group: \.limitReq) }
  static var limitConn: GroupPath<LimitConnSettings> { GroupPath(group: \.limitConn) }
  static var realIP: GroupPath<RealIPSettings> { GroupPath(group: \.realIP) }
  static var autoindex: GroupPath<AutoindexSettings> { GroupPath(group: \.autoindex) }
  static var charset: GroupPath<CharsetSettings> { GroupPath(group: \.charset) }
  static var secureLink: GroupPath<SecureLinkSettings> { GroupPath(group: \.secureLink) }
  static var ssi: GroupPath<SSISettings> { GroupPath(group: \.ssi) }
  static var slice: GroupPath<SliceSettings> { GroupPath(group: \.slice) }
  static var sub: GroupPath<SubSettings> { GroupPath(group: \.sub) }
  static var userID: GroupPath<UserIDSettings> { GroupPath(group: \.userID) }
  static var randomIndex: GroupPath<RandomIndexSettings> { GroupPath(group: \.randomIndex) }
  static var authRequest: GroupPath<AuthRequestSettings> { GroupPath(group: \.authRequest) }
  static var mirror: GroupPath<MirrorSettings> { GroupPath(group: \.mirror) }
  static var addition: GroupPath<AdditionSettings> { GroupPath(group: \.addition) }
  static var stream: GroupPath<StreamSettings> { GroupPath(group: \.stream) }
}
