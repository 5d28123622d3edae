import Testing

@testable import Engine

@Suite struct CacheDirectivesTests {
  @Test(arguments: ["proxy", "fastcgi"])
  func `a cache is asked for and is not there`(prefix: String) {
    let text = """
      \(prefix)_cache_path /cache keys_zone=z:1m levels=1:2 inactive=1h;
      \(prefix)_cache z; \(prefix)_cache_key $uri; \(prefix)_cache_valid 200 301 any 10m;
      \(prefix)_cache_use_stale error updating; \(prefix)_cache_lock on;
      \(prefix)_no_cache $http_pragma; \(prefix)_cache_bypass $cookie_a $arg_b;
      """
    let sentence = "\"\(prefix)_cache\" is not supported by apus yet, every request is passed on"
    #expect(load(http: text).messages == [sentence])
  }

  @Test(arguments: [
    ("proxy_cache_valid 99 1m;", #"invalid status "99""#),
    ("proxy_cache_valid 200 x;", #"invalid time value "x""#),
    ("proxy_cache_path /c levels=1;", #""proxy_cache_path" must have "keys_zone" parameter"#),
    ("proxy_cache_path /c keys_zone=z;", #"invalid keys zone size "z""#),
    ("proxy_cache_methods PUT;", #"invalid value "PUT""#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(http: text).messages.first == message)
  }
}
