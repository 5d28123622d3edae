/// nginx's modules, in the order in which they are asked within a phase.
package enum Modules {
  /// Every module there is.
  package static let all: [Module] = [
    .core,
    .ssl,
    .http2,
    .rewrite,
    .map,
    .access,
    .authBasic,
    .tryFiles,
    .proxy,
    .fastCGI,
    .upstream,
    .index,
    .staticFiles,
    // Header filters: conditions before everything else, ranges after everything else.
    .notModified,
    .headers,
    .range,
    .log,
  ]
}
