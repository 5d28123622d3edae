import Bytes
import CZlib
import Wire

/// Decompresses a response for a client that takes it plain only.
struct GunzipFilter: HeaderFilter {
  func filter(_ exchange: Exchange) throws(Failure) {
    let response = exchange.response
    guard response.fields.value(of: .contentEncoding, isIgnoringCase: "gzip") else { return }
    if exchange.settings.gzip.announcesVariants { response.announceVariants() }
    guard !GzipAcceptance.holds(for: exchange), let decompressor = Decompressor() else { return }
    response.fields.remove(.contentEncoding)
    response.becomeDerived()
    response.bodyFilters.append(decompressor)
  }
}

/// Reads gzip (RFC 1952), perhaps several members of it.
final class Decompressor: BodyFilter {
  private let stream: UnsafeMutablePointer<z_stream>

  /// Whether the member that was being read is complete.
  private var isMemberComplete = true

  /// nil where zlib has no memory.
  init?() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard zlib_start_gunzip(stream) == Z_OK else { return nil }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func filter(_ input: ByteBuffer, into output: ByteBuffer, isLast: Bool) throws(Failure) {
    var code = Z_OK
    input.withReadableBytes { bytes in
      stream.pointee.setInput(bytes)
      while code == Z_OK, stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0 {
        if isMemberComplete, stream.pointee.avail_in == 0 { break }
        code = inflateSome(into: output)
      }
    }
    input.consume(input.count)
    guard code == Z_OK || code == Z_BUF_ERROR else { throw .aborted }
    if isLast, !isMemberComplete { throw .aborted }
  }

  private func inflateSome(into output: ByteBuffer) -> CInt {
    var code = Z_OK
    isMemberComplete = false
    output.withWritableBytes(minimum: 4096) { space in
      stream.pointee.setOutput(space)
      code = inflate(stream, Z_NO_FLUSH)
      return space.count - Int(stream.pointee.avail_out)
    }
    guard code == Z_STREAM_END else { return code }
    isMemberComplete = true
    return inflateReset(stream)
  }
}
