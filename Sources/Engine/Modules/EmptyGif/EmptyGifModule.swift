import Bytes
import Wire

extension Module {
  /// Answers with a transparent image of one pixel.
  static let emptyGif: Module = {
    var module = Module("ngx_http_empty_gif_module")
    module.directives = [
      Directive(
        "empty_gif", "", count: 0...0, in: .location,
        "Answers with a transparent image of one pixel."
      ) { statement, level in
        level.location?.choice = FixedHandler(handler: EmptyGifHandler())
      }
    ]
    return module
  }()
}

/// Answers with a transparent image of one pixel (GIF89a).
struct EmptyGifHandler: PromptHandler {
  static let image = ByteString([
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61,  // GIF89a
    0x01, 0x00, 0x01, 0x00, 0x80, 0x01, 0x00,  // 1 × 1, a table of two colours
    0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF,  // the colours: black, white
    0x21, 0xF9, 0x04, 0x01, 0x00, 0x00, 0x01, 0x00,  // colour 1 is transparent
    0x2C, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00,  // the image
    0x02, 0x02, 0x4C, 0x01, 0x00, 0x3B,  // its one pixel, and the end
  ])

  func answer(to exchange: Exchange) throws(Failure) -> HandlerOutcome {
    guard exchange.method == .get || exchange.method == .head else { throw .status(405) }
    exchange.response.lastModified = 23_349_600
    exchange.response.allowsConditions = true
    return try exchange.respond(status: 200, contentType: "image/gif", body: EmptyGifHandler.image)
  }
}
