import Bytes
import CLinux
import Config

/// Advice about files that a configuration names: what is not there, and what is in certificates.
struct FileAdvice {
  let options: LoadOptions

  // MARK: - Configurations

  /// A copy of what was found while files were read that tells what to do about one that is not
  /// there, or is of no use.
  func advising(_ problem: Diagnostic) -> Diagnostic {
    guard problem.note == nil, let path = problem.message.quoted else { return problem }
    if problem.message.hasPrefix("pread() \"") {
      return problem.noting(folder(path, isIncluded: problem.place != nil))
    }
    guard problem.message.hasPrefix("open() \"") else { return problem }
    if problem.message.contains("(\(EACCES): ") { return problem.noting(FileAdvice.forbidden) }
    guard problem.message.contains("(\(ENOENT): ") else { return problem }
    if problem.place == nil {
      return problem.noting(
        "name the configuration with -c; a relative path starts at the prefix, which -p names: "
          + options.prefix)
    }
    return problem.noting(missing(path))
  }

  private static let forbidden = "whoever starts the program must be able to read the file"

  /// What to write in place of a folder.
  private func folder(_ path: String, isIncluded: Bool) -> String {
    let folder = path.hasSuffix("/") ? path : path + "/"
    return isIncluded
      ? "this is a folder: \"include \(folder)*.conf;\" includes the files in it"
      : "this is a folder: name the file in it, such as \(folder)nginx.conf"
  }

  /// Files that documents name and that other programs bring.
  private static let known: [(end: String, advice: String)] = [
    (
      "/snippets/fastcgi-php.conf",
      #"Debian's nginx brings this file: write "fastcgi_split_path_info ^(.+?\.php)(/.*)$; "#
        + "try_files $fastcgi_script_name =404; set $path_info $fastcgi_path_info; "
        + "fastcgi_param PATH_INFO $path_info; fastcgi_index index.php; include fastcgi.conf;\" "
        + "in its place"
    ),
    (
      "/snippets/snakeoil.conf",
      "Debian's nginx brings this file: write ssl_certificate and ssl_certificate_key in its place"
    ),
    (
      "/options-ssl-nginx.conf",
      "certbot writes this file, for nginx: leave the line out, the defaults are TLS 1.2 and 1.3"
    ),
    (
      "/ssl-dhparams.pem",
      "certbot writes this file, for nginx: leave the line out, newer clients do without it"
    ),
  ]

  private func missing(_ path: String) -> String? {
    if let entry = FileAdvice.known.first(where: { path.hasSuffix($0.end) }) { return entry.advice }
    let certbot = "/etc/letsencrypt/live/"
    if path.hasPrefix(certbot) {
      let name = path.dropFirst(certbot.count).prefix { $0 != "/" }
      return "certbot makes this file: certbot certonly -d \(name)"
    }
    guard path.hasPrefix(options.configurationFolder) else { return "there is no such file" }
    return "there is no such file; a relative path starts at the folder of the main file: "
      + options.configurationFolder
  }

  // MARK: - Certificates

  /// A copy of what the TLS library says of one end's certificates and keys that tells what is in
  /// the file.
  ///
  /// - Parameter places: Where the end's settings stand.
  func advising(_ problem: Diagnostic, about places: TLSPlaces) -> Diagnostic {
    guard problem.note == nil, let path = problem.message.quoted, path != "data:" else {
      return problem
    }
    let message = problem.message
    if message.contains("key values mismatch") {
      let index =
        places.keys.firstIndex { $0.place == problem.place }
        ?? places.keys.firstIndex { $0.path.string == path }
      let certificate = index.map { places.certificates[$0].path.string } ?? "the certificate"
      return problem.noting(
        "the key is not that of \(certificate), whose first certificate must be the server's own")
    }
    if message.hasPrefix("cannot load certificate key \"") {
      return problem.noting(unreadable(path, isKey: true, places))
    }
    if message.hasPrefix("cannot load ") {
      return problem.noting(unreadable(path, isKey: false, places))
    }
    if message.contains("no cipher match") {
      return problem.noting(
        "none of these is known: there are no DHE ciphers here, and \"HIGH:!aNULL:!MD5\" is usual")
    }
    return message.contains("No such file or directory") ? problem.noting(missing(path)) : problem
  }

  /// What is wrong with a file that holds no certificate or key.
  private func unreadable(_ path: String, isKey: Bool, _ places: TLSPlaces) -> String? {
    let content: ByteString
    do throws(ReadError) {
      content = try options.files.bytes(of: path)
    } catch {
      switch error.code {
      case ENOENT: return missing(path)
      case EISDIR: return "this is a folder: name the file in it"
      case EACCES: return FileAdvice.forbidden
      default: return nil
      }
    }
    if content.isEmpty { return "the file is empty" }
    // The labels of RFC 7468.
    let hasCertificate = content.firstRange(of: "CERTIFICATE-----") != nil
    let hasKey = content.firstRange(of: "PRIVATE KEY-----") != nil
    if isKey, hasKey {
      let marks: [ByteString] = ["BEGIN ENCRYPTED PRIVATE KEY", "4,ENCRYPTED"]
      guard marks.contains(where: { content.firstRange(of: $0) != nil }) else { return nil }
      let directive = "\(places.prefix)_password_file"
      return places.hasPasswords
        ? "the key is encrypted, and no line of \(directive) is its passphrase"
        : "the key is encrypted: name a file with its passphrase in \(directive), or decrypt it "
          + "with \"openssl pkey\""
    }
    if hasKey, !hasCertificate, !places.certificates.contains(where: { $0.path.string == path }) {
      return "the file holds a private key, and no certificate"
    }
    if isKey ? hasCertificate : hasKey && !hasCertificate {
      let certificate = "\(places.prefix)_certificate"
      return "the file holds a \(isKey ? "certificate" : "private key"): are \(certificate) and "
        + "\(certificate)_key swapped?"
    }
    if hasCertificate { return nil }
    if content.firstRange(of: "CERTIFICATE REQUEST-----") != nil {
      return "the file holds a request for a certificate, not the certificate that was made of it"
    }
    return "the file holds no PEM text, which begins with "
      + "\"-----BEGIN \(isKey ? "PRIVATE KEY" : "CERTIFICATE")-----\""
  }
}

extension String {
  /// What stands between the first quotes.
  fileprivate var quoted: String? {
    let parts = split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
    return parts.count == 3 ? String(parts[1]) : nil
  }
}
