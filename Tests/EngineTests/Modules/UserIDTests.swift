import Bytes
import Testing

@testable import Engine

@Suite struct UserIDTests {
  @Test func `a client without a cookie is given one`() throws {
    let reply = try answer(
      server: "userid on; userid_name id; userid_domain d; userid_flags httponly; return 204;")
    #expect(reply.contains("Set-Cookie: id="))
    #expect(reply.contains("; domain=d; path=/; httponly\r\n"))
  }

  @Test func `a client with a cookie keeps it`() throws {
    let cookie = "AAECAwQFBgcICQoLDA0ODw=="
    let reply = try answer(
      "GET / HTTP/1.1\nHost: h\nCookie: uid=\(cookie)",
      server: "userid on; return 200 '$uid_got';")
    #expect(!reply.contains("Set-Cookie"))
    #expect(outcome(reply) == "200 uid=03020100070605040B0A09080F0E0D0C")
  }

  @Test func `an identifier survives its cookie`() throws {
    let identifier = try #require(UserID(cookie: "AAECAwQFBgcICQoLDA0ODw=="))
    #expect(UserID(cookie: identifier.cookieText) == identifier)
    #expect(UserID(cookie: "short") == nil)
  }

  @Test(arguments: [
    ("userid_mark ab;", #"value must be "off" or a single letter, digit or "=""#),
    ("userid_flags tasty;", #"invalid parameter "tasty""#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    #expect(load(http: text).messages == [message])
  }

  @Test(arguments: [
    ("set $uid_reset 1;", true), ("set $uid_reset log;", true), ("set $uid_reset 0;", false),
    ("set $uid_reset '';", false), ("", false),
  ])
  func `a variable asks for a new identifier`(directive: String, isNew: Bool) throws {
    let reply = try answer(
      "GET / HTTP/1.1\nHost: h\nCookie: uid=AAECAwQFBgcICQoLDA0ODw==",
      server: "userid on; \(directive) return 204;")
    #expect(reply.contains("Set-Cookie: uid=") == isNew)
    #expect(!reply.contains("Set-Cookie: uid=AAECAwQFBgcICQoLDA0ODw"))
  }

  @Test func `a map may ask, too`() throws {
    let http = """
      map $arg_new $uid_reset { default 0; yes 1; }
      server { userid on; return 200 $uid_reset; }
      """
    for (query, isNew) in [("new=yes", true), ("new=no", false)] {
      let reply = try answer(
        "GET /?\(query) HTTP/1.1\nHost: h\nCookie: uid=AAECAwQFBgcICQoLDA0ODw==", http: http)
      #expect(reply.contains("Set-Cookie") == isNew)
      #expect(outcome(reply) == (isNew ? "200 1" : "200 0"))
    }
  }

  @Test(arguments: [("on", "FEFF0000"), ("v1", "0000FFFE")])
  func `a number of the configuration is the first word`(mode: String, word: String) throws {
    let reply = try answer(server: "userid \(mode); userid_service 65534; return 200 $uid_set;")
    #expect(outcome(reply).hasPrefix("200 uid=\(word)"), "\(reply)")
  }
}
