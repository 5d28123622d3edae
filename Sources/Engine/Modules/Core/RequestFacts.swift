package import Bytes
import CLinux
import Wire

/// Identifiers that nobody can guess.
enum RandomIdentifier {
  /// Sixteen random bytes as 32 hexadecimal digits.
  static func make() -> ByteString {
    var random: (UInt64, UInt64) = (0, 0)
    let count = withUnsafeMutableBytes(of: &random) { getrandom($0.baseAddress, $0.count, 0) }
    if count != 16 { random = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)) }
    return withUnsafeBytes(of: random) { ByteString(hexadecimal: $0) }
  }
}

extension Exchange {
  /// Appends ``methodName``.
  func appendMethodName(to output: ByteBuffer) {
    if method != request.method, let name = method.name {
      output.append(name)
    } else {
      appendOfHead(request.methodName.range, to: output)
    }
  }

  /// Appends the host of the request, else the name of the server: nginx's `$host`.
  func appendHost(to output: ByteBuffer) {
    if hostPlace.isEmpty {
      output.append(server.name)
    } else {
      hostPlace.append(to: output)
    }
  }

  /// The size of the request body; nil where it is not known (yet).
  var requestContentLength: ByteString? {
    if let value = request.fields.value(of: .contentLength) { return value }
    guard case .chunked = body.framing, body.isComplete else { return nil }
    return ByteString(decimal: body.receivedByteCount)
  }
}

extension ByteString {
  /// The value of a parameter in a query; nil where there is none.
  ///
  /// As in nginx, names are compared without case and values stay encoded.
  package func parameter(_ name: ByteString) -> ByteString? {
    var start = 0
    while start < count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? count
      let nameEnd = start + name.count
      if nameEnd < end, bytes[nameEnd] == UInt8(ascii: "="),
        self[start..<nameEnd].equalsIgnoringCase(name)
      {
        return self[nameEnd + 1..<end]
      }
      start = end + 1
    }
    return nil
  }
}
