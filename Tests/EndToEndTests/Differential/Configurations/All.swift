extension Configuration {
  /// Every configuration that is compared.
  static let all: [Configuration] = [
    .proxyURIs, .proxyFields, .upgrade, .redirectsAndCookies, .errorPages, .upstreamFailures,
    .requestContent, .staticFiles, .tryFiles, .rewriting, .variables, .responseFields, .access,
    .serverChoice, .locationChoice, .accessLog, .fastCGI, .connections, .malformedRequests,
    .limits, .upstreamResponses, .encryptedPort, .asking, .groups,
    .caching, .stale, .cachingFastCGI, .browsers, .cookieFlags, .afterwards, .told,
    .charsets,
  ]
}
