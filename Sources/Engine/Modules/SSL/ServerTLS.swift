import Bytes
package import Sockets

/// The certificates and rules of a server that speaks TLS, one context for each loop.
package struct ServerTLS: Sendable {
  /// The contexts, by the number of the loop.
  package let contexts: [TLSContext]

  package func context(for loop: EventLoop) -> TLSContext {
    contexts[loop.index % contexts.count]
  }

  /// nil where no address of the server asks for TLS.
  static func make(for server: ServerDraft, _ load: Load) -> ServerTLS? { nil }
}
