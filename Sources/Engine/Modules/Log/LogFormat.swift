package import Bytes

/// One `log_format`: what a line of the access log says.
package struct LogFormat: Sendable {
  package let name: ByteString
  package let template: Template
}
