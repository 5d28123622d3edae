import Bytes
import Config
import Testing

@testable import Engine

@Suite struct LogTests {
  @Test(arguments: [
    ("plain", "plain"),
    ("a\"b", #"a\x22b"#),
    ("a\\b", #"a\x5Cb"#),
    ("\n", #"\x0A"#),
    ("\u{7F}", #"\x7F"#),
    ("é", #"\xC3\xA9"#),
    ("~", "~"),
  ])
  func `values are escaped as nginx does`(value: String, escaped: String) {
    #expect(text(of: value, .standard) == ByteString(escaped))
  }

  @Test(arguments: [
    ("plain", "plain"),
    ("a\"b\\c", #"a\"b\\c"#),
    ("\n\r\t\u{8}\u{C}", #"\n\r\t\b\f"#),
    ("\u{1}\u{1F}", #"\u0001\u001F"#),
    ("é\u{7F}", "é\u{7F}"),
  ])
  func `values become parts of JSON strings`(value: String, escaped: String) {
    #expect(text(of: value, .json) == ByteString(escaped))
  }

  @Test(arguments: 0..<10)
  func `a byte is escaped wherever it stands`(offset: Int) {
    for byte in UInt8.min...UInt8.max {
      var value = [UInt8](repeating: UInt8(ascii: "a"), count: 20)
      value[offset] = byte
      let buffer = ByteBuffer(capacity: 64)
      buffer.append(ByteString(value))
      LogEscaping.standard.escape(buffer, from: 0)
      let isPlain = byte >= 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C
      #expect(buffer.count == (isPlain ? 20 : 23), "\(byte)")
      let digits = ByteString(hexadecimal: [byte]).string.uppercased()
      let shown = ByteString(isPlain ? [byte] : Array("\\x\(digits)".utf8))
      #expect(buffer.bytes(in: offset..<offset + shown.count) == shown)
    }
  }

  @Test func `what stands before the value stays as it is`() {
    let buffer = ByteBuffer(capacity: 8)
    buffer.append(ByteString("\"a\""))
    LogEscaping.standard.escape(buffer, from: 2)
    #expect(buffer.allBytes == ByteString(#""a\x22"#))
  }

  private func text(of value: String, _ escaping: LogEscaping) -> ByteString {
    let buffer = ByteBuffer(capacity: 8)
    buffer.append(ByteString(value))
    escaping.escape(buffer, from: 0)
    return buffer.allBytes
  }

  @Test(arguments: [
    ("log_format a x; log_format a y;", #"duplicate "log_format" name "a""#),
    ("log_format combined x;", #"duplicate "log_format" name "combined""#),
    ("log_format a escape=xml x;", #"unknown log format escaping "xml""#),
    ("log_format a '${uri';", #"the closing bracket in "uri" variable is missing"#),
    ("log_format a 'x$';", #"invalid parameter "$""#),
    ("access_log a.log other;", #"unknown log format "other""#),
    ("access_log off combined;", #"invalid parameter "combined""#),
    ("access_log a.log combined size=1;", #"invalid parameter "size=1""#),
    ("access_log a.log combined buffer=x;", #"invalid buffer size "x""#),
    ("access_log a.log combined buffer=1k flush=0;", #"invalid flush time "0""#),
    ("access_log a.log combined flush=1s;", #"no buffer is defined for access_log "a.log""#),
    ("access_log $uri combined buffer=1k;", "buffered logs cannot have variables in name"),
    (
      "access_log a combined buffer=1k; access_log a combined buffer=2k;",
      #"access_log "a" already defined with conflicting parameters"#
    ),
    ("error_log a.log loud;", #"invalid log level "loud""#),
    ("error_log a.log info warn;", #"duplicate log level "warn""#),
    ("open_log_file_cache max=x;", #"invalid "open_log_file_cache" parameter "max=x""#),
    ("open_log_file_cache min_uses=2;", #""open_log_file_cache" must have "max" parameter"#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(http: text).messages == [message])
  }

  @Test(arguments: [
    ("server {}", ["/prefix/logs/error.log", "/prefix/logs/access.log"]),
    ("access_log off; server {}", ["/prefix/logs/error.log"]),
    ("access_log a; server { access_log b; access_log a; }", ["error.log", "b", "a"]),
    ("access_log a; server { access_log b; access_log off; }", ["error.log"]),
    ("error_log e info; access_log off; server {}", ["error.log", "e"]),
  ])
  func `the files are those that somebody writes to`(text: String, files: [String]) {
    let paths = load(http: text).site?.logFiles.map { $0.path ?? "stderr" }
    let full = files.map { name in
      name.hasPrefix("/")
        ? name : name == "error.log" ? "/prefix/logs/error.log" : "/prefix/\(name)"
    }
    #expect(paths == full)
  }
}
