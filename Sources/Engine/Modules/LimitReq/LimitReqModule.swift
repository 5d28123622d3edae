import Bytes

extension Module {
  /// Limits the rate of requests.
  static let limitReq: Module = {
    var module = Module("ngx_http_limit_req_module")
    module.directives = LimitReqSettings.directives
    module.variables = [
      Variable("limit_req_status", "What `limit_req` did: `PASSED`, `DELAYED`, `REJECTED` ….") {
        $0.limitReqStatus.map { ByteString($0.rawValue) }
      }
    ]
    module.preaccess = { RequestRateStep($0.limitReq.value) }
    return module
  }()
}
