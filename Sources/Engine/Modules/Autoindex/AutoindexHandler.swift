import Bytes
import CLinux
import Sockets
import Wire

/// Answers for a folder with a list of its files.
struct AutoindexHandler: Handler {
  let settings: AutoindexSettings

  func respond(to exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    guard exchange.path.bytes.last == UInt8(ascii: "/"),
      exchange.method == .get || exchange.method == .head
    else { return .declined }
    let path = try RequestedFile.path(for: exchange)
    var entries: [FolderEntry]
    switch FolderEntry.all(of: path) {
    case .success(let found): entries = found
    case .failure(let error): throw FolderEntry.refusal(error, path, exchange)
    }
    entries.sort { left, right in
      let isFolder = (left.facts.kind == .directory, right.facts.kind == .directory)
      return isFolder.0 == isFolder.1 ? left.name < right.name : isFolder.0
    }
    let list = FolderList(settings: settings, entries: entries)
    let callback = settings.format == .jsonp ? exchange.query?.parameter("callback") : nil
    return try exchange.respond(
      status: 200, contentType: list.contentType(callback: callback),
      body: list.text(path: exchange.path, callback: callback))
  }
}

/// The list of a folder's files, in the forms that nginx writes.
struct FolderList {
  let settings: AutoindexSettings
  let entries: [FolderEntry]

  /// The columns that a name may fill on the page.
  private static let nameWidth = 50

  func contentType(callback: ByteString?) -> ByteString {
    switch settings.format {
    case .html: "text/html"
    case .xml: "text/xml; charset=utf-8"
    case .json: "application/json; charset=utf-8"
    case .jsonp: "application/javascript; charset=utf-8"
    }
  }

  func text(path: ByteString, callback: ByteString?) -> ByteString {
    switch settings.format {
    case .html: html(path)
    case .xml: xml
    case .json: json
    case .jsonp:
      if let callback, !callback.isEmpty { callback + "(" + json + ");" } else { json }
    }
  }

  // MARK: - HTML

  private func html(_ path: ByteString) -> ByteString {
    let title = HTMLEscape.escape(path)
    var text: ByteString = "<html>\r\n<head><title>Index of "
    text.append(title)
    text.append("</title></head>\r\n<body>\r\n<h1>Index of " as ByteString)
    text.append(title)
    text.append("</h1><hr><pre><a href=\"../\">../</a>\r\n" as ByteString)
    for entry in entries { text.append(line(entry)) }
    text.append("</pre><hr></body>\r\n</html>\r\n" as ByteString)
    return text
  }

  private func line(_ entry: FolderEntry) -> ByteString {
    let isFolder = entry.facts.kind == .directory
    let slash: ByteString = isFolder ? "/" : ""
    var text: ByteString = "<a href=\""
    text.append(PercentEncoding.encode(entry.name, escaping: .uriComponent))
    text.append(slash)
    text.append("\">" as ByteString)
    let name = Array(entry.name.string.unicodeScalars)
    let shown = name.count + slash.count
    if shown > FolderList.nameWidth {
      let start = String(String.UnicodeScalarView(name.prefix(FolderList.nameWidth - 3)))
      text.append(HTMLEscape.escape(ByteString(start)))
      text.append("..&gt;" as ByteString)
    } else {
      text.append(HTMLEscape.escape(entry.name) + slash)
    }
    text.append("</a>" as ByteString)
    let padding = max(0, FolderList.nameWidth - shown) + 1
    text.append(ByteString(Array(repeating: ASCII.space, count: padding)))
    text.append(CalendarText(entry.facts.modificationTime, isLocal: settings.isLocalTime).html)
    let size = isFolder ? "-" : sizeText(entry.facts.size)
    let room = (settings.hasExactSizes ? 20 : 8) - size.utf8.count
    text.append(ByteString(String(repeating: " ", count: max(0, room)) + size + "\r\n"))
    return text
  }

  private func sizeText(_ size: Int) -> String {
    if settings.hasExactSizes { return "\(size)" }
    func rounded(_ unit: Int) -> Int { size / unit + (size % unit > unit / 2 - 1 ? 1 : 0) }
    if size > 1_073_741_823 { return "\(rounded(1 << 30))G" }
    if size > 1_048_575 { return "\(rounded(1 << 20))M" }
    return size > 9999 ? "\(rounded(1 << 10))K" : "\(size)"
  }

  // MARK: - XML and JSON

  private var xml: ByteString {
    var text: ByteString = "<?xml version=\"1.0\"?>\r\n<list>\r\n"
    for entry in entries {
      let kind = entry.facts.kindName
      let time = CalendarText(entry.facts.modificationTime, isLocal: false).iso8601
      text.append(ByteString("<\(kind) mtime=\"\(time)\""))
      if entry.facts.kind == .regular { text.append(ByteString(" size=\"\(entry.facts.size)\"")) }
      text.append(">" + HTMLEscape.escape(entry.name) + ByteString("</\(kind)>\r\n"))
    }
    text.append("</list>\r\n" as ByteString)
    return text
  }

  private var json: ByteString {
    var text: ByteString = "[\r\n"
    for (index, entry) in entries.enumerated() {
      let time = CalendarText(entry.facts.modificationTime, isLocal: false).httpDate
      text.append("{ \"name\":\"" + entry.name.escapedForJSON)
      text.append(ByteString("\", \"type\":\"\(entry.facts.kindName)\", \"mtime\":\"\(time)\""))
      if entry.facts.kind == .regular { text.append(ByteString(", \"size\":\(entry.facts.size)")) }
      text.append(index + 1 == entries.count ? " }" : " },\r\n" as ByteString)
    }
    text.append("\r\n]" as ByteString)
    return text
  }
}

extension FileFacts {
  /// What lists call the kind of a file.
  fileprivate var kindName: String {
    switch kind {
    case .directory: "directory"
    case .regular: "file"
    case .link, .other: "other"
    }
  }
}

/// The time of a file as lists show it.
private struct CalendarText {
  private let parts: tm
  private let second: Int
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  init(_ second: Int, isLocal: Bool) {
    var time = time_t(second)
    var parts = tm()
    if isLocal { localtime_r(&time, &parts) } else { gmtime_r(&time, &parts) }
    self.parts = parts
    self.second = second
  }

  var html: ByteString {
    let day = "\(two(parts.tm_mday))-\(CalendarText.months[Int(parts.tm_mon)])-\(year)"
    return ByteString("\(day) \(two(parts.tm_hour)):\(two(parts.tm_min))")
  }

  var iso8601: String {
    let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    return "\(year)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(clock)Z"
  }

  var httpDate: ByteString { HTTPDate.format(second) }

  private var year: Int { Int(parts.tm_year) + 1900 }

  private func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension ByteString {
  /// The text as it stands between the quotation marks of JSON (RFC 8259, section 7).
  fileprivate var escapedForJSON: ByteString {
    var escaped = ByteString()
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        escaped.append(UInt8(ascii: "\\"))
        escaped.append(byte)
      case 0x0A: escaped.append("\\n" as ByteString)
      case 0x0D: escaped.append("\\r" as ByteString)
      case 0x09: escaped.append("\\t" as ByteString)
      case 0x08: escaped.append("\\b" as ByteString)
      case 0x0C: escaped.append("\\f" as ByteString)
      case 0..<0x20:
        escaped.append("\\u00" as ByteString)
        escaped.append(ASCII.hexDigit(byte >> 4))
        escaped.append(ASCII.hexDigit(byte & 15))
      default: escaped.append(byte)
      }
    }
    return escaped
  }
}
