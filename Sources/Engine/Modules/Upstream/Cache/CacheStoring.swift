import Bytes
import Sockets
import Wire

/// What becomes of a server's response: it takes the place of the stored one, or is itself replaced
/// by it.
extension CacheAttempt {
  /// What is done with a response.
  enum Use {
    /// It goes to the client.
    case passes
    /// The stored one takes its place.
    case replacedByStored
  }

  /// Reads what a response says about keeping it, before any field is removed from it.
  func readFreshness(of head: ResponseHead) {
    freshness = CacheFreshness(of: head.fields, now: now, ignoring: policy.ignoredFields)
  }

  /// Looks at the head of a response whose freshness has been read.
  func judge(_ head: ResponseHead) -> Use {
    guard status == .expired, stored != nil else { return .passes }
    if settings.useStale.contains(NextUpstream.ofStatus(head.status)),
      NextUpstream.ofStatus(head.status) != []
    {
      status = .stale
      return .replacedByStored
    }
    guard head.status == 304, settings.isRevalidating else { return .passes }
    status = .revalidated
    return .replacedByStored
  }

  /// Uses the stored response after a failure, where that is allowed.
  func takeStored(insteadOf reason: NextUpstream) -> StoredResponse? {
    guard status == .expired, let stored,
      isUsableOnError || (!reason.isEmpty && settings.useStale.contains(reason))
    else { return nil }
    status = .stale
    return stored
  }

  /// Notes that the stored response has been confirmed, by the response that was judged last.
  func renewStored() {
    guard let stored else { return }
    let told = freshness ?? CacheFreshness(of: stored.head.fields, now: now, ignoring: [])
    let own = CacheFreshness(
      of: stored.head.fields, now: now, ignoring: policy.ignoredFields)
    let source = told.validUntil > 0 ? told : own
    guard let validUntil = validUntil(source, ofStatus: stored.head.status) else { return }
    stored.stored.validUntil = validUntil
    stored.stored.updatingSeconds = source.updatingSeconds
    stored.stored.errorSeconds = source.errorSeconds
    stored.stored.date = now
    if !stored.rewriteHead() {
      exchange.logError(.crit, "cache file \"\(stored.path)\" could not be renewed")
    }
  }

  /// Whether the response may be changed for the client alone, since it could be stored whole.
  var governsResponse: Bool { isCacheable && freshness?.isCacheable ?? false }

  /// Starts to store a response, where that is allowed.
  ///
  /// - Parameter head: Its status line and fields as they are stored.
  func startStoring(_ head: ResponseHead, text: () -> ByteString) {
    guard governsResponse, let freshness,
      !CachePolicy.holds(settings.exclusions, for: exchange),
      let validUntil = validUntil(freshness, ofStatus: head.status)
    else { return refuse() }
    var record = StoredHead()
    record.validUntil = validUntil
    record.updatingSeconds = freshness.updatingSeconds
    record.errorSeconds = freshness.errorSeconds
    record.date = now
    record.key = key
    if head.status == 200 || head.status == 206 {
      record.lastModified = head.fields.value(of: .lastModified).flatMap { HTTPDate.parse($0) }
      let tag = head.fields.value(of: .entityTag) ?? ByteString()
      if tag.count <= 128 { record.entityTag = tag }
    }
    if !freshness.vary.isEmpty {
      record.vary = freshness.vary
      record.variant = variant(vary: freshness.vary)
    }
    guard takeNode(for: record) else { return refuse() }
    writer = CacheWriter(
      zone, digest, head: record, text: text(), pool: exchange.loop.buffers)
  }

  /// Notes that the response is not stored: nobody waits for it any longer.
  func refuse() {
    isCacheable = false
    leaveNode()
  }

  func validUntil(_ freshness: CacheFreshness, ofStatus status: Int) -> Int? {
    freshness.validUntil > 0 ? freshness.validUntil : configuredValidity(ofStatus: status)
  }

  /// Until when a response is fresh that does not say it; nil where the configuration does not
  /// either.
  func configuredValidity(ofStatus status: Int) -> Int? {
    guard let seconds = settings.validity(ofStatus: status), seconds > 0 else { return nil }
    return now.adding(seconds)
  }

  /// Makes sure of the node under which the response is stored.
  private func takeNode(for record: StoredHead) -> Bool {
    if isVariant, record.vary.isEmpty || record.variant != digest {
      // It is not the variant that was looked for: the main entry shall tell of it.
      leaveNode()
      digest = mainDigest
      isVariant = false
    }
    if node != nil { return true }
    node = zone.find(digest, held: nil, minimumUses: 1, now: now)?.node
    return node != nil
  }

  /// Stores a part of the content.
  func append(_ buffer: ByteBuffer, count: Int) {
    guard let writer else { return }
    do throws(SystemError) {
      try writer.append(buffer, in: 0..<count)
    } catch {
      giveUpStoring(error)
    }
  }

  /// Whether the response is being stored.
  var isStoring: Bool { writer != nil }

  private func giveUpStoring(_ error: SystemError) {
    exchange.logError(
      .crit, "\(error.call)() in the cache \"\(zone.path)\" failed \(error.reason)")
    writer?.release()
    writer = nil
    refuse()
  }

  /// Notes that the content is complete.
  func complete() {
    guard let writer, let node else { return }
    do throws(SystemError) {
      let size = try writer.finish()
      zone.index.stored(node, size: size)
      self.node = nil
    } catch {
      giveUpStoring(error)
    }
  }
}
