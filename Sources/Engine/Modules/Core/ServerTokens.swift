package import Bytes
import Config

/// What `Server` and error pages say of the program; see `server_tokens`.
package enum ServerTokens: Sendable {
  /// The name and the version; nginx's `build` adds nothing, since builds have no names.
  case on
  case off

  /// A text of the configuration's own; where it is empty, there is no `Server`.
  case text(Template)

  /// Appends what is said.
  package func append(for exchange: Exchange, to output: ByteBuffer) {
    switch self {
    case .on: output.append(Program.nameAndVersion)
    case .off: output.append("apus")
    case .text(let template): template.append(for: exchange, to: output)
    }
  }
}

extension ArgumentType where Value == ServerTokens {
  static var serverTokens: Self {
    Self("on | off | build | string") { (statement, level) throws(Diagnostic) in
      switch statement.arguments[0].text.lowercased {
      case "on", "build": .on
      case "off": .off
      default: .text(try level.template(statement.arguments[0], of: statement))
      }
    }
  }
}
