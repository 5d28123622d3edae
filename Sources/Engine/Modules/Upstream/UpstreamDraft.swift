package import Bytes
import Config

/// An `upstream` block while it is being read.
package final class UpstreamDraft {
  package let name: ByteString
  package init(name: ByteString) { self.name = name }
}

package final class UpstreamPools {
  package func closeAll() {}
}

package struct UpstreamAttempt: Sendable {}
