import Bytes
import Wire

/// A part of a body: text, or what a request is going to bring.
final class SSIPart {
  var text = ByteString()
  var isReady = false

  /// Whether text may be added at its end.
  let isPlain: Bool

  init(_ text: ByteString) {
    self.text = text
    isReady = true
    isPlain = true
  }

  init(_ include: SSIInclude) { isPlain = false }
}

/// What an `include` says.
struct SSIInclude {
  let target: ByteString

  /// Whether the commands behind it wait for it.
  let waits: Bool

  /// The variable that gets what is included, instead of the body.
  let variable: ByteString?

  /// The block that takes the place of nothing, and of an error.
  let stub: ByteString?

  init(_ command: SSICommand) throws(SSIText.Problem) {
    let (virtual, file) = (command["virtual"], command["file"])
    if let virtual, let file {
      throw SSIText.Problem(
        sentence: "inclusion may be either virtual=\"\(virtual)\" or file=\"\(file)\"")
    }
    guard let target = virtual ?? file else {
      throw SSIText.Problem(sentence: "no parameter in \"include\" SSI command")
    }
    variable = command["set"]
    stub = command["stub"]
    if variable != nil, stub != nil {
      throw SSIText.Problem(
        sentence: "\"set\" and \"stub\" cannot be used together in \"include\" SSI command")
    }
    self.target = target
    waits = try SSIInclude.waits(command["wait"], file) || file != nil || variable != nil
  }

  private static func waits(
    _ value: ByteString?, _ file: ByteString?
  ) throws(SSIText.Problem) -> Bool {
    guard let value else { return false }
    if let file {
      throw SSIText.Problem(sentence: "\"wait\" cannot be used with file=\"\(file)\"")
    }
    switch value.lowercased {
    case "yes": return true
    case "no": return false
    default:
      throw SSIText.Problem(sentence: "invalid value \"\(value)\" in the \"wait\" parameter")
    }
  }
}
