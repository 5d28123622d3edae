/// Why a request cannot be answered as asked.
package enum Failure: Error, Equatable, Sendable {
  /// The status of the response that says so; an `error_page` may take its place.
  case status(Int)

  /// The connection is of no further use: the client has gone, or the response cannot be completed.
  case aborted
}
