import Bytes
import Config
import Sockets

/// What is wrong with the settings of one end of TLS, in the order in which nginx would meet it.
struct TLSProblems {
  /// What is found before the TLS library has been asked.
  var first: [Diagnostic] = []

  /// What the TLS library says.
  private(set) var ofLibrary: [Diagnostic] = []

  /// What nginx checks behind that.
  var last: [Diagnostic] = []

  private var lacksPasswords = false

  /// Everything, in order.
  var all: [Diagnostic] { first + ofLibrary + last }

  /// The lines of a file of passphrases that are not empty.
  mutating func passwords(in file: NamedFile?, _ files: any FileReader) -> [String] {
    guard let file else { return [] }
    do throws(Diagnostic) {
      return try file.content(files).split(on: ASCII.lineFeed)
        .map { $0.bytes.last == ASCII.carriageReturn ? $0[0..<$0.count - 1] : $0 }
        .filter { !$0.isEmpty }.map(\.string)
    } catch {
      first.append(error)
      lacksPasswords = true
      return []
    }
  }

  /// Adds what the TLS library says, at the places of what it is about.
  mutating func add(_ error: TLSError, at places: TLSPlaces) {
    for failure in [error] + error.others {
      // Without its passphrase no key can be read.
      if case .key = failure.part, lacksPasswords { continue }
      ofLibrary.append(places.diagnostic(failure))
    }
  }

  /// Reports everything, with advice.
  func report(in step: FinishingStep, _ places: TLSPlaces, _ load: Load) {
    let advice = FileAdvice(options: load.options)
    for problem in all { load.report(advice.advising(problem, about: places), in: step) }
  }
}

/// Where the settings of one end of TLS stand.
struct TLSPlaces {
  /// What the names of the directives begin with: `ssl` or `proxy_ssl`.
  let prefix: String
  var certificates: [CertificateName] = []
  var keys: [CertificateName] = []
  var hasPasswords = false
  var ciphers: SourcePlace?
  var curves: SourcePlace?
  var dhParameters: SourcePlace?
  var clientCertificates: SourcePlace?
  var trustedCertificates: SourcePlace?
  var revocations: SourcePlace?
  var commands: [SourcePlace?] = []

  /// A sentence of the TLS library's, at the place of what it is about.
  func diagnostic(_ error: TLSError) -> Diagnostic {
    .placed(error.description, at: error.part.flatMap(place))
  }

  private func place(of part: TLSSettings.Part) -> SourcePlace? {
    switch part {
    case .ciphers: ciphers
    case .certificate(let index): certificates[index].place
    case .key(let index): keys[index].place
    case .clientCertificates: clientCertificates
    case .trustedCertificates: trustedCertificates
    case .revocations: revocations
    case .dhParameters: dhParameters
    case .curves: curves
    case .command(let index): commands[index]
    }
  }
}
