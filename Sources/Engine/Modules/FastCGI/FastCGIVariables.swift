import Bytes

extension Variable {
  /// Variables of `ngx_http_fastcgi_module`.
  static let ofFastCGI: [Variable] = [
    Variable(
      writing: "fastcgi_script_name",
      "The path without its path info; fastcgi_index is added where it ends with a slash."
    ) { exchange, output in
      let start = output.count
      if let split = exchange.fastCGISplit {
        output.append(split.script)
      } else {
        output.append(exchange.path)
      }
      if output.count > start, output[output.count - 1] == UInt8(ascii: "/") {
        output.append(exchange.settings.fastCGI.index)
      }
      return true
    },
    Variable(
      writing: "fastcgi_path_info",
      "What the second group of fastcgi_split_path_info matched; empty without a match."
    ) { exchange, output in
      if let split = exchange.fastCGISplit { output.append(split.pathInfo) }
      return true
    },
  ]
}

extension Exchange {
  /// The path in two, as `fastcgi_split_path_info` says; nil where the path stays whole.
  fileprivate var fastCGISplit: (script: ByteString, pathInfo: ByteString)? {
    guard let pattern = settings.fastCGI.splitPattern,
      let groups = pattern.match(path, in: matchMemory)
    else { return nil }
    // nginx: an empty first group leaves an empty script name.
    return (groups[1] ?? ByteString(), groups[2] ?? ByteString())
  }
}
