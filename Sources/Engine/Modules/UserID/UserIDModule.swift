import Bytes

extension Module {
  /// Gives clients cookies that tell them apart.
  static let userID: Module = {
    var module = Module("ngx_http_userid_module")
    module.directives = UserIDSettings.directives
    module.variables = [
      Variable("uid_got", "The cookie's name and the identifier that the client sent.") {
        UserID.received(by: $0)?.text(named: $0.settings.userID.name)
      },
      Variable("uid_set", "The cookie's name and the identifier that the client is sent.") {
        UserID.given(by: $0)?.text(named: $0.settings.userID.name)
      },
      Variable(
        "uid_reset",
        "Whether a new identifier shall be given, as `set` or `map` says; `log` logs it too."
      ) { _ in nil }.changeable(),
    ]
    module.headerFilter = { UserIDFilter($0.userID.value) }
    return module
  }()
}
