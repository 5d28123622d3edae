import Foundation

/// The ports, origins and files that both programs see, one program after the other.
///
/// Both get the same ports and the same prefix path, so nothing has to be translated before
/// comparing.
final class Stage {
  let configuration: Configuration
  private let prefix: TemporaryFolder
  private let origin: Origin
  private let second: Origin
  private let fastCGI: FastCGIOrigin
  private let port: Int
  private let dead: Int

  init(_ configuration: Configuration) throws {
    self.configuration = configuration
    prefix = try TemporaryFolder()
    origin = try Origin()
    second = try Origin()
    fastCGI = try FastCGIOrigin()
    port = try FreePorts.take()
    dead = try FreePorts.take()
    if configuration.text.contains("cert.pem") { try Certificate.make(in: prefix) }
    for (name, content) in configuration.files { try prefix.write(filled(content), to: name) }
  }

  /// Runs all cases through a program, and adds its access log as a last outcome.
  func outcomes(of binary: String) throws -> [Outcome] {
    prefix.remove("access.log")
    prefix.remove("error.log")
    for folder in ["cache", "stale", "fcache"] { prefix.remove(folder) }
    let proxy = try Proxy(binary, prefix: prefix, configuration: filled(configuration.text))
    defer { proxy.stop() }
    var outcomes = try configuration.cases.map { try outcome(of: $0) }
    proxy.stop()
    let lines = prefix.read("access.log").split(separator: "\n").map(String.init).sorted()
    outcomes.append(Outcome(responses: lines))
    return outcomes
  }

  private func outcome(of request: RequestCase) throws -> Outcome {
    origin.play(request.replies)
    second.play([])
    fastCGI.play(request.outputs)
    var outcome = Outcome()
    let client = try Client(port: port)
    for step in request.steps { perform(step, client, &outcome) }
    client.socket.close()
    outcome.received = origin.received().map { rendered(request: $0) }
    outcome.received += second.received().map { "second: " + rendered(request: $0) }
    return outcome
  }

  private func perform(_ step: RequestCase.Step, _ client: Client, _ outcome: inout Outcome) {
    switch step {
    case .send(let text): client.send(filled(text))
    case .read(let isHead):
      let response = client.readResponse(toHead: isHead)
      let nothing = client.isAtEnd ? "[closed]" : "[silence]"
      outcome.responses.append(response.map { rendered(response: $0) } ?? nothing)
    case .readBytes(let count):
      outcome.responses.append(String(decoding: client.readBytes(count), as: UTF8.self))
    case .readToEnd:
      outcome.responses.append(String(decoding: client.readToEnd(), as: UTF8.self))
    case .shutdownWrite: client.socket.shutdownWrite()
    }
  }

  private func filled(_ text: String) -> String {
    let ports = [
      "{port}": port, "{origin}": origin.port, "{origin2}": second.port,
      "{fastcgi}": fastCGI.port, "{dead}": dead,
    ]
    return ports.reduce(text) { $0.replacingOccurrences(of: $1.key, with: String($1.value)) }
  }
}
