package import Bytes
import Config
package import Sockets

/// What there is to know of a configuration without serving it.
package struct SiteOutline {
  /// The settings of the main level.
  package let main: MainSettings

  /// Every address to listen on, whatever is spoken there.
  package let endpoints: [(address: SocketAddress, options: ListenOptions)]

  /// The files to which logs are written.
  package let logFiles: [LogTarget]

  /// Where messages go that concern no server.
  package let errorLogs: [ErrorLog]

  /// The settings outside of all servers.
  package let settings: Settings

  /// The folders of the caches.
  package let cachePaths: [ByteString]
}

extension SiteBuilder {
  /// What ``build()`` would make, without anything that only requests need; finds the same
  /// mistakes.
  func outline() -> SiteOutline {
    load.reportInherited()
    for server in load.servers {
      server.location.check(by: load)
      _ = ServerTLS.make(for: server, load)
    }
    let groups = ListenGroup.all(of: load)
    let stream = StreamBuilder(load: load).build(beside: groups.map(\.address))
    _ = resolvedVariables()
    let endpoints = groups.map { (address: $0.address, options: $0.options) }
    return SiteOutline(
      main: main.main.value,
      endpoints: endpoints + (stream?.points ?? []).map { ($0.address, $0.options) },
      logFiles: load.logFiles, errorLogs: main.core.errorLogs, settings: load.httpSettings,
      cachePaths: load.cacheZones.values.compactMap { $0.zone?.path })
  }
}

extension LocationDraft {
  /// Looks for what ``built(by:)`` would report, in its order, and makes nothing.
  fileprivate func check(by load: Load) {
    load.checkBuffers(of: self)
    choice?.check(self, load)
    for child in children { child.check(by: load) }
    if let limitExcept { check(limitExcept.location, by: load) }
    load.accessLog(of: settings.log)
    for block in conditionals { check(block, by: load) }
  }

  private func check(_ block: LocationDraft, by load: Load) {
    block.inheritChoice(of: self)
    block.check(by: load)
  }
}
