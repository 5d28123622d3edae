import Bytes
import Config
import Testing

@testable import Engine

@Suite struct FileAdviceTests {
  /// Files by their paths; one without content is a folder.
  private struct Files: FileReader {
    let content: [String: String?]

    func bytes(of path: String) throws(ReadError) -> ByteString {
      guard let text = content[path] else { throw ReadError(call: "open()", code: 2) }
      guard let text else { throw ReadError(call: "pread()", code: 21) }
      return ByteString(text)
    }

    func paths(matching pattern: String) throws(ReadError) -> [String] { [] }
  }

  private func advice(_ files: [String: String?] = [:]) -> FileAdvice {
    var options = LoadOptions(prefix: "/prefix/", configurationFolder: "/etc/a/")
    options.files = Files(content: files)
    return FileAdvice(options: options)
  }

  private static let place = SourcePlace(file: "/etc/a/f", line: 1, column: 9)

  private func missing(_ path: String, at place: SourcePlace?) -> String? {
    let sentence = "open() \"\(path)\" failed (2: No such file or directory)"
    let advised = advice().advising(Diagnostic(message: sentence, place: place))
    #expect(advised.message == sentence)
    return advised.note
  }

  @Test(arguments: [
    ("/etc/a/snippets/fastcgi-php.conf", "include fastcgi.conf;"),
    ("/etc/b/snippets/fastcgi-php.conf", "try_files $fastcgi_script_name =404;"),
    ("/etc/letsencrypt/options-ssl-nginx.conf", "certbot writes this file"),
    ("/etc/letsencrypt/ssl-dhparams.pem", "certbot writes this file"),
    ("/etc/letsencrypt/live/example.org/fullchain.pem", "certbot certonly -d example.org"),
    ("/etc/a/b", "the folder of the main file: /etc/a/"), ("/b", "there is no such file"),
  ])
  func `a missing file comes with what may stand for it`(path: String, part: String) {
    #expect(missing(path, at: Self.place)?.contains(part) == true)
  }

  @Test func `a missing main file tells how one is named`() {
    let note = missing("/prefix/conf/nginx.conf", at: nil)
    #expect(note?.contains("-c") == true)
    #expect(note?.hasSuffix("/prefix/") == true)
  }

  @Test func `other failures are left alone`() {
    let many = Diagnostic(message: "open() \"/a\" failed (24: Too many open files)")
    #expect(advice().advising(many) == many)
  }

  @Test func `a file that may not be read and a folder come with advice`() {
    let denied = Diagnostic(message: "open() \"/a\" failed (13: Permission denied)")
    #expect(
      advice().advising(denied).note == "whoever starts the program must be able to read the file")
    let folder = "pread() \"/a\" failed (21: Is a directory)"
    #expect(
      advice().advising(Diagnostic(message: folder)).note
        == "this is a folder: name the file in it, such as /a/nginx.conf")
    #expect(
      advice().advising(Diagnostic(message: folder, place: Self.place)).note
        == "this is a folder: \"include /a/*.conf;\" includes the files in it")
  }

  private static let contents: [(key: Bool, content: String?, part: String)] = [
    (false, "-----BEGIN PRIVATE KEY-----", "holds a private key"),
    (true, "-----BEGIN CERTIFICATE-----", "holds a certificate"), (false, "hello", "no PEM"),
    (false, "-----BEGIN CERTIFICATE REQUEST-----", "holds a request"), (true, "hello", "no PEM"),
    (false, "", "is empty"), (true, nil, "this is a folder"),
    (true, "-----BEGIN ENCRYPTED PRIVATE KEY-----", "ssl_password_file"),
    (true, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED", "ssl_password_file"),
  ]

  @Test(arguments: contents)
  func `a certificate or key that cannot be loaded is looked at`(
    isKey: Bool, content: String?, part: String
  ) {
    let sentence = "cannot load certificate \(isKey ? "key " : "")\"/c\": PEM_read failed"
    let advised = advice(["/c": content]).advising(
      Diagnostic(message: sentence), about: TLSPlaces(prefix: "ssl"))
    #expect(advised.message == sentence)
    #expect(advised.note?.contains(part) == true, "\(advised.note ?? "none")")
  }

  @Test(arguments: ["-----BEGIN CERTIFICATE-----\nbroken"])
  func `what is wrong inside of a certificate nobody knows`(content: String) {
    let problem = Diagnostic(message: "cannot load certificate \"/c\": bad end line")
    #expect(advice(["/c": content]).advising(problem, about: TLSPlaces(prefix: "ssl")).note == nil)
  }
}
