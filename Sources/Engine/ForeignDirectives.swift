import Bytes

/// Directives of modules that are not part of nginx's sources, and where they come from.
enum ForeignDirectives {
  /// Names, or how they begin where a `*` ends them, and the module.
  private static let modules: [(names: String, module: String)] =
    free.map { ($0, "the third-party module \($1)") }
    + [
      ("js_*", "njs, a module of nginx's that is loaded besides"),
      ("otel_*", "nginx-otel, a module of nginx's that is loaded besides"),
      ("acme_*", "nginx-acme, a module of nginx's that is loaded besides"),
    ] + commercial.map { ($0, "\($1) of the commercial NGINX Plus") }

  private static let commercial: [(names: String, module: String)] = [
    ("auth_jwt*", "ngx_http_auth_jwt_module"), ("auth_oidc* oidc_*", "ngx_http_oidc_module"),
    ("api status_zone", "ngx_http_api_module"), ("f4f*", "ngx_http_f4f_module"),
    ("health_check match", "ngx_http_upstream_hc_module"), ("hls*", "ngx_http_hls_module"),
    ("keyval*", "ngx_http_keyval_module"), ("session_log*", "ngx_http_session_log_module"),
    ("status status_format", "ngx_http_status_module"), ("mgmt", "ngx_mgmt_module"),
    ("internal_redirect", "ngx_http_internal_redirect_module"), ("zone_sync*", "a module"),
    ("ntlm queue state sticky_cookie_insert", "ngx_http_upstream_module"),
    ("upstream_conf", "ngx_http_upstream_conf_module"),
    ("proxy_cache_purge", "ngx_http_proxy_module"),
  ]

  private static let free: [(names: String, module: String)] = [
    ("brotli*", "ngx_brotli"), ("zstd*", "zstd-nginx-module"),
    (
      "more_set_headers more_clear_headers more_set_input_headers more_clear_input_headers",
      "headers-more-nginx-module"
    ),
    (
      "lua_* init_by_lua* init_worker_by_lua* set_by_lua* rewrite_by_lua* access_by_lua* "
        + "content_by_lua* header_filter_by_lua* body_filter_by_lua* log_by_lua* "
        + "balancer_by_lua* ssl_certificate_by_lua* server_rewrite_by_lua*",
      "lua-nginx-module (OpenResty)"
    ),
    ("echo echo_*", "echo-nginx-module"),
    ("set_escape_uri set_unescape_uri", "set-misc-nginx-module"),
    ("pagespeed*", "ngx_pagespeed"), ("modsecurity*", "ModSecurity-nginx"),
    ("geoip2*", "ngx_http_geoip2_module"), ("passenger*", "Phusion Passenger"),
    ("rtmp", "nginx-rtmp-module"), ("fancyindex*", "ngx-fancyindex"), ("vod*", "nginx-vod-module"),
    ("nchan_*", "Nchan"), ("push_stream_*", "nginx-push-stream-module"),
    ("upload_*", "nginx-upload-module"), ("subs_filter*", "ngx_http_substitutions_filter_module"),
    ("dav_ext_*", "nginx-dav-ext-module"), ("auth_ldap*", "nginx-auth-ldap"),
    ("auth_pam*", "ngx_http_auth_pam_module"), ("auth_gss*", "spnego-http-auth-nginx-module"),
    ("vhost_traffic_status*", "nginx-module-vts"), ("fastcgi_cache_purge", "ngx_cache_purge"),
    ("check check_http_send check_http_expect_alive", "nginx_upstream_check_module"),
    ("concat concat_*", "nginx-http-concat"), ("redis2_*", "redis2-nginx-module"),
    ("SecRulesEnabled SecRulesDisabled LearningMode CheckRule", "NAXSI"),
    ("testcookie*", "testcookie-nginx-module"), ("opentracing*", "nginx-opentracing"),
    ("fair", "nginx-upstream-fair"),
  ]

  /// Where a directive comes from; nil where that is not known.
  static func advice(on name: ByteString) -> String? {
    let text = name.string
    let found = modules.first { entry in
      entry.names.split(separator: " ").contains { pattern in
        pattern.hasSuffix("*") ? text.hasPrefix(pattern.dropLast()) : text == pattern
      }
    }
    return found.map { "it belongs to \($0.module), which apus does not have" }
  }
}
