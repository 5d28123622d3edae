import Testing

@testable import Engine

@Suite struct SyslogTests {
  @Test(arguments: [
    ("syslog:server=127.0.0.1", nil),
    ("syslog:server=unix:/dev/log,facility=local0,severity=warn,tag=a_1,nohostname", nil),
    ("syslog:tag=a", "no syslog server specified"),
    ("syslog:server=127.0.0.1,facility=x", #"unknown syslog facility "x""#),
    ("syslog:server=127.0.0.1,severity=x", #"unknown syslog severity "x""#),
    (
      "syslog:server=127.0.0.1,tag=a-b",
      #"syslog "tag" only allows alphanumeric characters and underscore"#
    ),
    ("syslog:server=127.0.0.1,x", #"unknown syslog parameter "x""#),
  ])
  func `parameters are checked in nginx's words`(text: String, message: String?) {
    #expect(load(http: "access_log \(text);").messages == (message.map { [$0] } ?? []))
    #expect(load(http: "error_log \(text);").messages == (message.map { [$0] } ?? []))
  }
}
