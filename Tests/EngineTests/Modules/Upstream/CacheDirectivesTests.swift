import Bytes
import Testing
import Wire

@testable import Engine

@Suite struct CacheDirectivesTests {
  @Test(arguments: ["proxy", "fastcgi"])
  func `a cache is declared and used`(prefix: String) throws {
    let text = """
      \(prefix)_cache_path /cache/ keys_zone=z:1m levels=1:2 inactive=1h max_size=2g min_free=1m
        manager_files=7 manager_sleep=10ms loader_threshold=1s use_temp_path=off;
      \(prefix)_cache z; \(prefix)_cache_key $uri; \(prefix)_cache_valid 200 301 any 10m;
      \(prefix)_cache_use_stale error updating; \(prefix)_cache_use_stale http_500;
      \(prefix)_cache_lock on; \(prefix)_no_cache $http_pragma;
      \(prefix)_cache_bypass $cookie_a $arg_b; \(prefix)_cache_methods POST;
      """
    let result = load(http: text + "server { listen 80; }")
    #expect(result.messages == [])
    let zone = try #require(result.site?.cacheZones["z"])
    #expect(zone.path == "/cache" && zone.inactive == 3600)
    #expect(zone.settings.levels == [1, 2] && zone.settings.maximumSize == 2 << 30)
    #expect(zone.settings.manager.files == 7 && zone.settings.loader.threshold == .seconds(1))
    let settings = try #require(result.serverSettings)
    let cache = prefix == "proxy" ? settings.proxy.upstream.cache : settings.fastCGI.upstream.cache
    #expect(cache.useStale == [.error, .updating, .status500] && cache.isLocking)
    #expect(cache.methods == [.get, .head, .post] && cache.bypass.count == 2)
    #expect(cache.validity(ofStatus: 404) == 600 && cache.validities.count == 3)
  }

  @Test(arguments: [
    ("proxy_cache_valid 99 1m;", #"invalid status "99""#),
    ("proxy_cache_valid 200 x;", #"invalid time value "x""#),
    ("proxy_cache_path /c levels=1;", #""proxy_cache_path" must have "keys_zone" parameter"#),
    ("proxy_cache_path /c keys_zone=z;", #"invalid keys zone size "keys_zone=z""#),
    ("proxy_cache_path /c keys_zone=z:1k;", #"keys zone "keys_zone=z:1k" is too small"#),
    ("proxy_cache_path /c keys_zone=z:1m levels=3;", #"invalid "levels" "levels=3""#),
    ("proxy_cache_path /c keys_zone=z:1m purger=on;", #"invalid parameter "purger=on""#),
    ("proxy_cache_path /c keys_zone=z:1m max_size=x;", #"invalid max_size value "max_size=x""#),
    (
      "proxy_cache_path /c keys_zone=z:1m; proxy_cache_path /d keys_zone=z:1m;",
      #"duplicate zone "z""#
    ),
    (
      "proxy_cache_path /c keys_zone=z:1m; fastcgi_cache z;",
      #"the shared memory zone "z" is already declared for a different use"#
    ),
    ("proxy_cache z;", #""proxy_cache" zone "z" is unknown"#),
    ("proxy_cache_methods PUT;", #"invalid value "PUT""#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(http: text).messages.first == message)
  }

  @Test func `validities are of 200, 301 and 302 where no status is named`() throws {
    let settings = try #require(load(server: "proxy_cache_valid 5m;").serverSettings)
    let cache = settings.proxy.upstream.cache
    #expect([200, 301, 302, 404].map { cache.validity(ofStatus: $0) } == [300, 300, 300, nil])
  }

  @Test func `what is stored outlives a reload that leaves the folder alone`() throws {
    func zone(_ text: String, replacing site: Site?) throws -> (Site, CacheZone) {
      let site = try #require(load(http: text, replacing: site).site)
      return (site, try #require(site.cacheZones["z"]))
    }
    let (site, first) = try zone("proxy_cache_path /c keys_zone=z:1m;", replacing: nil)
    let (_, same) = try zone("proxy_cache_path /c keys_zone=z:1m inactive=1h;", replacing: site)
    let (_, other) = try zone("proxy_cache_path /d keys_zone=z:1m;", replacing: site)
    #expect(same.index === first.index && other.index !== first.index)
    #expect(same.inactive == 3600)
  }
}
