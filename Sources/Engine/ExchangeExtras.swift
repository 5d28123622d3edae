import Bytes
import Sockets

/// What few modules note in an exchange; most exchanges have none.
final class ExchangeExtras {
  /// What is wrong with the head.
  var failureOfHead: Failure?

  /// What is done when the request has been logged.
  var endings: [() -> Void] = []

  /// How many requests beside this one have not ended yet.
  var backgroundRequestCount = 0

  /// The client's request whose end this one accounts for; see `post_action`.
  var accountedExchange: Exchange?

  /// What `limit_req` and `limit_conn` did.
  var limitReqStatus: LimitReqStatus?
  var limitConnStatus: LimitConnStatus?

  /// The address of the connection before `real_ip` replaced it.
  var originalPeerAddress: SocketAddress?

  /// What a cache has to do with the request, while an upstream request is under way.
  var cache: CacheAttempt?

  /// What a cache had to say.
  var cacheStatus: CacheStatus?

  /// Whether the program made the request itself, to renew a stored response.
  var isCacheUpdate = false

  /// The character set that an application asks for with `X-Accel-Charset`; `off` is none.
  var wantedCharset: ByteString?

  /// What makes the body complete later than its source.
  var lateBody: (any LateBody)?

  /// The slices that the response is asked for in.
  var slice: SliceContext?

  /// What executes the commands in the body, and what commands have set.
  var ssi: SSIBody?
  var ssiContext: SSIContext?

  /// What `add_before_body` and `add_after_body` have fetched.
  var addedBodies: AddedBodies?

  /// The identifier that `userid` gives the client.
  var givenUserID: UserID?
}

extension Exchange {
  /// Does something when the request has been logged.
  func atEnd(_ ending: @escaping () -> Void) { madeExtras.endings.append(ending) }

  /// Does what ``atEnd(_:)`` put off.
  func runEndings() {
    guard let extras else { return }
    let endings = extras.endings
    extras.endings = []
    for ending in endings.reversed() { ending() }
  }

  /// What is wrong with the head, so that the answer is an error page; nil where nothing is.
  var failureOfHead: Failure? {
    get { extras?.failureOfHead }
    set { if newValue != nil || extras != nil { madeExtras.failureOfHead = newValue } }
  }

  /// What `limit_req` did; nil where the request has not met a limit.
  var limitReqStatus: LimitReqStatus? {
    get { extras?.limitReqStatus }
    set { madeExtras.limitReqStatus = newValue }
  }

  /// What `limit_conn` did; nil where the request has not met a limit.
  var limitConnStatus: LimitConnStatus? {
    get { extras?.limitConnStatus }
    set { madeExtras.limitConnStatus = newValue }
  }

  /// The address of the connection before `real_ip` replaced it; nil where it did not.
  var originalPeerAddress: SocketAddress? {
    get { extras?.originalPeerAddress }
    set { madeExtras.originalPeerAddress = newValue }
  }

  /// The identifier that `userid` gives the client.
  var givenUserID: UserID? {
    get { extras?.givenUserID }
    set { madeExtras.givenUserID = newValue }
  }

  var madeExtras: ExchangeExtras {
    if let extras { return extras }
    let made = ExchangeExtras()
    extras = made
    return made
  }
}
