import Bytes
import Config

// Advice about the block that a directive stands in.

extension Advice {
  /// A directive in a block that it may not stand in: where it may, and how to get there.
  @Sendable static func misplaced(_ mistake: Mistake) -> Advice? {
    guard let context = mistake.context,
      mistake.diagnostic.message.hasSuffix("directive is not allowed here")
    else { return nil }
    let contexts = Catalogue.places(for: mistake.statement, elsewhereThan: context)
    if contexts.isEmpty { return nil }
    if context.isInStream, !contexts.isInStream {
      return .sentence("\"http\" has it, and \"stream\" has not")
    }
    let places = "it may stand in \(contexts.names.joined(separator: ", "))"
    let way = wayInside(from: context, to: contexts, mistake)
    return .sentence(way.map { "\(places): \($0)" } ?? places)
  }

  /// How to get from a block to where a directive may stand; nil where that is not inside of it.
  private static func wayInside(
    from context: Contexts, to contexts: Contexts, _ mistake: Mistake
  ) -> String? {
    switch context {
    case .main where contexts.contains(.http):
      let line = nearest("http", mistake).map { " of line \($0.name.place.line)" } ?? ""
      return "move it into http { }\(line)"
    case .main where !contexts.isDisjoint(with: [.server, .location, .upstream]):
      return "move it there, inside of http { }"
    case .http where contexts.contains(.server),
      .stream where contexts.contains(.serverInStream):
      return wayIntoBlock("server", written: "server { }", mistake)
    case .http where contexts.contains(.location):
      return "move it there, inside of server { }"
    case .server where contexts.contains(.location):
      return wayIntoBlock("location", written: "location / { }", mistake)
    default: return nil
    }
  }

  private static func wayIntoBlock(
    _ name: String, written: String, _ mistake: Mistake
  ) -> String {
    let file = mistake.statement.name.place.file
    if name == "server", let block = nearest(name, mistake) {
      return "move it into \(written) of line \(block.name.place.line), or write one around it"
    }
    let isIncluded = file != mistake.load.mainFile && file != SourcePlace.commandLine
    return isIncluded
      ? "write \(written) around it, or include \(file) inside of one"
      : "write \(written) around it, or move it into one"
  }

  /// The last block of a kind above a statement in its file, or the first below it.
  private static func nearest(_ name: String, _ mistake: Mistake) -> Statement? {
    let place = mistake.statement.name.place
    let blocks = mistake.siblings.filter {
      $0.block != nil && $0.name.text.string == name && $0.name.place.file == place.file
    }
    return blocks.last { $0.order < mistake.statement.order } ?? blocks.first
  }
}
