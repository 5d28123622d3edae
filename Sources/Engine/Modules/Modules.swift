/// nginx's modules, in the order in which they are asked within a phase.
package enum Modules {
  package static let all: [Module] = [
    .core,
    .ssl,
    .http2,
    .rewrite,
    .proxy,
    .upstream,
  ]
}
