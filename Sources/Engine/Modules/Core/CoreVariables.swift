import Bytes

extension Variable {
  /// Variables of the request, with the meanings `ngx_http_core_module` gives them.
  static let ofCore: [Variable] = [
    Variable("uri", "The current path, decoded and normalized; redirects change it.") { $0.path }
  ]
}
