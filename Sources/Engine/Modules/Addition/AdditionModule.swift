import Bytes
import Config
import Wire

extension Module {
  /// Puts other responses before and behind a response.
  static let addition: Module = {
    var module = Module("ngx_http_addition_module")
    module.directives = AdditionSettings.directives
    module.preparation = { AdditionStep($0.addition.value) }
    module.headerFilter = { AdditionFilter($0.addition.value) }
    return module
  }()
}

/// The settings of `ngx_http_addition_module`.
package struct AdditionSettings: Sendable {
  /// The paths; empty adds nothing.
  var before = ByteString()
  var after = ByteString()
  var types = MediaTypeList()

  package init() {}

  static let directives: [Directive] = [
    Directive(
      "add_before_body", .text("uri"), sets: .addition.before, in: CoreSettings.levels,
      "The path of a response that stands before the response."),
    Directive(
      "add_after_body", .text("uri"), sets: .addition.after, in: CoreSettings.levels,
      "The path of a response that stands behind the response."),
    Directive(
      mediaTypes: "addition_types", sets: .addition.types,
      "The media types of responses that something is added to; `*` is all."),
  ]

  var isEmpty: Bool { before.isEmpty && after.isEmpty }
}

/// What is added to a response; fetched before the response is, since filters cannot wait.
final class AddedBodies {
  var before: ByteString?
  var after: ByteString?
}

/// Fetches what shall be added.
struct AdditionStep: PreparationStep {
  private let settings: AdditionSettings

  /// nil where there is nothing to add.
  init?(_ settings: AdditionSettings) {
    guard !settings.isEmpty else { return nil }
    self.settings = settings
  }

  func run(_ exchange: Exchange) async throws(Failure) {
    guard !exchange.isSubrequest, exchange.extras?.addedBodies == nil,
      exchange.request.method != .head
    else { return }
    let bodies = AddedBodies()
    bodies.before = try await fetch(settings.before, exchange)
    bodies.after = try await fetch(settings.after, exchange)
    exchange.madeExtras.addedBodies = bodies
  }

  /// - Throws: 500 where there is too much of it.
  private func fetch(
    _ path: ByteString, _ exchange: Exchange
  ) async throws(Failure) -> ByteString? {
    guard !path.isEmpty,
      let (fetched, output) = await exchange.subrequest(path, keepsOutput: true)
    else { return nil }
    fetched.endSubrequest()
    guard let output else { throw .status(500) }
    return output.allBytes
  }
}

/// Adds what was fetched to a response of the right type.
struct AdditionFilter: HeaderFilter {
  private let settings: AdditionSettings

  /// nil where there is nothing to add.
  init?(_ settings: AdditionSettings) {
    guard !settings.isEmpty else { return nil }
    self.settings = settings
  }

  func filter(_ exchange: Exchange) throws(Failure) {
    let response = exchange.response
    guard response.status == 200, settings.types.contains(response.contentType) else { return }
    response.becomeDerived()
    guard let bodies = exchange.extras?.addedBodies else { return }
    response.bodyFilters.append(BodyAdder(bodies))
  }
}

/// Puts text before and behind a body.
private final class BodyAdder: BodyFilter {
  private var before: ByteString?
  private let after: ByteString?

  init(_ bodies: AddedBodies) {
    before = bodies.before
    after = bodies.after
  }

  func filter(_ input: ByteBuffer, into output: ByteBuffer, isLast: Bool) throws(Failure) {
    if let before { output.append(before) }
    before = nil
    output.append(input, in: 0..<input.count)
    input.consume(input.count)
    if isLast, let after { output.append(after) }
  }
}
