import Bytes
import CZlib
import Wire

/// Compresses responses that are worth it, for clients that accept that.
struct GzipFilter: HeaderFilter {
  private let settings: GzipSettings

  /// nil where compression is off.
  init?(_ settings: GzipSettings) {
    guard settings.isOn else { return nil }
    self.settings = settings
  }

  func filter(_ exchange: Exchange) throws(Failure) {
    let response = exchange.response
    guard [200, 403, 404].contains(response.status),
      response.fields.value(of: .contentEncoding)?.isEmpty ?? true,
      response.contentLength.map({ $0 >= settings.minimumLength }) ?? true,
      settings.types.contains(response.contentType)
    else { return }
    if settings.announcesVariants { response.announceVariants() }
    guard GzipAcceptance.holds(for: exchange),
      let compressor = Compressor(
        settings, contentLength: response.contentLength, flushesParts: response.isInStep)
    else { return }
    response.fields.remove(.contentEncoding)
    response.fields.append("Content-Encoding", "gzip")
    response.becomeDerived()
    response.bodyFilters.append(compressor)
  }
}

extension Response {
  /// Tells caches that the choice depends on `Accept-Encoding`.
  func announceVariants() {
    guard !fields.hasToken("accept-encoding", in: .vary) else { return }
    fields.append("Vary", "Accept-Encoding")
  }

  /// Notes that a filter changes the body: its length is unknown, no part of it can be asked for,
  /// and its entity tag is but a weak one (RFC 9110, section 8.8.1).
  package func becomeDerived() {
    contentLength = nil
    fields.remove(.contentLength)
    fields.remove(.acceptRanges)
    allowsRanges = false
    guard let tag = fields.value(of: .entityTag), !tag.hasPrefix("W/") else { return }
    if tag.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") {
      fields.replace(.entityTag, spelled: "ETag", with: "W/" + tag)
    } else {
      fields.remove(.entityTag)
    }
  }

  /// The value of `$gzip_ratio`; nil where nothing was compressed.
  var gzipRatio: ByteString? {
    for case let compressor as Compressor in bodyFilters { return compressor.ratio }
    return nil
  }
}

/// Makes gzip (RFC 1952) of a body.
final class Compressor: BodyFilter {
  private let stream: UnsafeMutablePointer<z_stream>

  /// Whether every part is complete for the client as soon as it is sent.
  private let flushesParts: Bool

  /// nil where zlib has no memory.
  init?(_ settings: GzipSettings, contentLength: Int?, flushesParts: Bool) {
    var (window, memory) = (settings.windowBits, settings.memoryLevel)
    if let contentLength {
      // A small body needs no more than its own size.
      while window > 9, contentLength < (1 << (window - 1)) - 262 {
        window -= 1
        memory -= 1
      }
    }
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    self.flushesParts = flushesParts
    let level = CInt(settings.compressionLevel)
    let code = zlib_start_gzip(stream, level, CInt(window), CInt(max(1, memory)))
    guard code == Z_OK else { return nil }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// How many times smaller the body is, as nginx writes it; nil where nothing was compressed.
  var ratio: ByteString? {
    let (input, output) = (stream.pointee.total_in, stream.pointee.total_out)
    guard output > 0 else { return nil }
    let hundredths = (input * 1000 / output % 1000 + 5) / 10
    let carry: UInt = hundredths == 100 ? 1 : 0
    let fraction = carry == 1 ? 0 : hundredths
    return ByteString("\(input / output + carry).\(fraction < 10 ? "0" : "")\(fraction)")
  }

  func filter(_ input: ByteBuffer, into output: ByteBuffer, isLast: Bool) throws(Failure) {
    let mode = isLast ? Z_FINISH : flushesParts ? Z_SYNC_FLUSH : Z_NO_FLUSH
    guard isLast || !input.isEmpty else { return }
    var code = Z_OK
    input.withReadableBytes { bytes in
      stream.pointee.setInput(bytes)
      repeat {
        output.withWritableBytes(minimum: 4096) { space in
          stream.pointee.setOutput(space)
          code = deflate(stream, mode)
          return space.count - Int(stream.pointee.avail_out)
        }
      } while code == Z_OK && stream.pointee.avail_out == 0
    }
    input.consume(input.count)
    guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw .aborted }
  }
}

extension Compressor {
  /// Bytes as one member of gzip; the originals are consumed.
  ///
  /// - Returns: nil where zlib has no memory.
  static func compressed(_ bytes: ByteBuffer, level: Int) -> ByteBuffer? {
    var settings = GzipSettings()
    settings.compressionLevel = level
    let output = ByteBuffer(capacity: max(256, bytes.count / 2))
    guard
      let compressor = Compressor(settings, contentLength: bytes.count, flushesParts: false),
      (try? compressor.filter(bytes, into: output, isLast: true)) != nil
    else { return nil }
    return output
  }
}

extension z_stream {
  /// Gives zlib the bytes that it shall read.
  mutating func setInput(_ bytes: UnsafeRawBufferPointer) {
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    next_in = UnsafeMutablePointer(mutating: start)
    avail_in = UInt32(bytes.count)
  }

  /// Gives zlib the room that it shall write to.
  mutating func setOutput(_ space: UnsafeMutableRawBufferPointer) {
    next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
    avail_out = UInt32(space.count)
  }
}
