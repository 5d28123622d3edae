import Bytes

extension Module {
  /// Limits the number of connections with requests under way.
  static let limitConn: Module = {
    var module = Module("ngx_http_limit_conn_module")
    module.directives = LimitConnSettings.directives
    module.variables = [
      Variable("limit_conn_status", "What `limit_conn` did: `PASSED`, `REJECTED` ….") {
        $0.limitConnStatus.map { ByteString($0.rawValue) }
      }
    ]
    module.preaccess = { ConnectionCountStep($0.limitConn.value) }
    return module
  }()
}
