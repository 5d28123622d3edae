/// One thing a client does, and what the origin replies meanwhile.
struct RequestCase: Sendable {
  /// What the client does next on its one connection.
  enum Step: Sendable {
    /// Sends bytes.
    case send(String)
    /// Reads one response, to a HEAD request or to another.
    case read(toHead: Bool = false)
    /// Reads this many bytes without taking them for a message.
    case readBytes(Int)
    /// Reads until the connection ends.
    case readToEnd
    /// Sends no more.
    case shutdownWrite
  }

  let name: String
  let steps: [Step]
  let replies: [Origin.Reply]
  let outputs: [String]
}

extension RequestCase {
  /// A GET of a target, with further field lines.
  static func get(
    _ target: String, _ fields: String..., host: String = "localhost",
    origin replies: [Origin.Reply] = [], outputs: [String] = [], name: String? = nil
  ) -> Self {
    request("GET", target, fields, host: host, "", replies, outputs, name: name)
  }

  static func head(
    _ target: String, _ fields: String..., host: String = "localhost",
    origin replies: [Origin.Reply] = [], name: String? = nil
  ) -> Self {
    request("HEAD", target, fields, host: host, "", replies, [], name: name)
  }

  /// A request with content of a known length.
  static func post(
    _ target: String, _ content: String, _ fields: String..., method: String = "POST",
    origin replies: [Origin.Reply] = [], name: String? = nil
  ) -> Self {
    let length = "Content-Length: \(content.utf8.count)"
    return request(
      method, target, fields + [length], host: "localhost", content, replies, [], name: name)
  }

  /// Bytes as they stand, answered by this many responses.
  static func raw(
    _ name: String, _ text: String, responses: Int = 1, origin replies: [Origin.Reply] = []
  ) -> Self {
    let reads = [Step](repeating: .read(), count: responses)
    return Self(name: name, steps: [.send(text)] + reads, replies: replies, outputs: [])
  }

  static func steps(
    _ name: String, _ steps: [Step], origin replies: [Origin.Reply] = [], outputs: [String] = []
  ) -> Self {
    Self(name: name, steps: steps, replies: replies, outputs: outputs)
  }

  private static func request(
    _ method: String, _ target: String, _ fields: [String], host: String, _ content: String,
    _ replies: [Origin.Reply], _ outputs: [String], name: String?
  ) -> Self {
    let lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)"] + fields
    let text = (lines + ["", content]).joined(separator: "\r\n")
    let named =
      name
      ?? ([method, target] + (host == "localhost" ? [] : [host]) + fields)
      .joined(separator: " ")
    return Self(
      name: named, steps: [.send(text), .read(toHead: method == "HEAD")], replies: replies,
      outputs: outputs)
  }
}
