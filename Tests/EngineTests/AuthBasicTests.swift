import Bytes
import Testing

@testable import Engine

@Suite struct AuthBasicTests {
  @Test(arguments: [
    ("secret", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/"),
    ("a much longer pass word than sixteen", "$apr1$x$hwI4y9OiAYg0yLCSn5PdJ1"),
    ("secret", "$1$abcd$Oy8OD9LGKv7H9yIMreLNV1"),
    ("secret", "$5$abcd$BgCbKzckrgGdFcL/gWllSOkKJCXQV5rwJeTh9xnsJ1D"),
    ("secret", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="),
    ("secret", "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0"),
    ("secret", "{PLAIN}secret"),
    ("", "{PLAIN}"),
  ])
  func `a stored password matches itself and no other`(password: String, stored: String) throws {
    #expect(try PasswordHash.matches(ByteString(password), stored: ByteString(stored)))
    #expect(try !PasswordHash.matches(ByteString(password + "x"), stored: ByteString(stored)))
    #expect(try !PasswordHash.matches(ByteString(password + "\0"), stored: ByteString(stored)))
  }

  @Test(arguments: ["", "secret", "*0", "*1", "$9$x$y", "{SSHA}", "{SSHA}!", "{SHA}", "$apr1$"])
  func `what is no hash matches nothing`(stored: String) throws {
    #expect(try !PasswordHash.matches("secret", stored: ByteString(stored)))
  }

  @Test(arguments: [
    ("Basic dXNlcjpwYXNz", "user", "pass"),
    ("basic   dXNlcjpwYXNz", "user", "pass"),
    ("Basic dXNlcjpwYTpzcw==", "user", "pa:ss"),
    ("Basic dXNlcjo", "user", ""),
  ])
  func `credentials are read`(value: String, user: ByteString, password: ByteString) {
    let credentials = BasicCredentials(ByteString(value))
    #expect(credentials?.user == user)
    #expect(credentials?.password == password)
  }

  @Test(arguments: [
    "", "Basic", "Basic ", "Basic dXNlcg==", "Basic OnBhc3M=", "Basic !", "Bearer x",
  ])
  func `other values are no credentials`(value: String) {
    #expect(BasicCredentials(ByteString(value)) == nil)
  }

  @Test(
    arguments: [
      ("ann", "one"), ("bob", "two"), ("carl", ""), ("dora", "four"), ("an", nil), ("#eve", nil),
      ("", nil),
    ] as [(ByteString, ByteString?)])
  func `a user file is looked up by whole names`(user: ByteString, stored: ByteString?) {
    let file = UserFile(text: "ann:one\nbob:two:comment\r\n\n#eve:five\ncarl:\ndora:four")
    #expect(file.storedPassword(of: user) == stored)
  }

  @Test(
    arguments: [
      ([], ""), ([0x66], "Zg=="), ([0x66, 0x6F], "Zm8="), ([0x66, 0x6F, 0x6F], "Zm9v"),
      ([0xFF, 0xFE, 0xFD, 0xFC], "//79/A=="),
    ] as [([UInt8], ByteString)])
  func `base64 goes both ways`(bytes: [UInt8], text: ByteString) {
    #expect(Base64.encode(bytes) == text)
    #expect(Base64.decode(text) == ByteString(bytes))
  }

  @Test(arguments: ["A", "AAAAA", "A*", "AB C"] as [ByteString])
  func `what is no base64 is refused`(text: ByteString) {
    #expect(Base64.decode(text) == nil)
  }

  @Test func `who is not let in waits, who is forbidden does not`() throws {
    let clock = ContinuousClock()
    func time(_ rules: String) throws -> Duration {
      try clock.measure {
        let server = "auth_delay 200ms; location / { \(rules) }"
        _ = try answer(server: server)
      }
    }
    #expect(try time("auth_basic x; auth_basic_user_file /dev/null;") >= .milliseconds(200))
    #expect(try time("deny all;") < .milliseconds(200))
  }
}
