import Bytes

/// The points of ketama consistent hashing: each server has 160 of them for each unit of weight.
///
/// The points are those of Cache::Memcached::Fast and of nginx, so that caches keep their keys.
struct HashRing: Sendable {
  private static let pointsOfWeight = 160

  private struct Point: Sendable {
    let hash: UInt32
    let server: Int
  }

  private var points: [Point] = []
  private var servers: [ByteString] = []

  /// Whether there are no servers, and so no places.
  var isEmpty: Bool { points.isEmpty }

  /// The ring of the peers that are not backup peers.
  init(_ peers: [Peer]) {
    var points: [Point] = []
    for peer in peers where !peer.isBackup {
      servers.append(peer.serverText)
      HashRing.hashes(of: peer).forEach {
        points.append(Point(hash: $0, server: servers.count - 1))
      }
    }
    points.sort { ($0.hash, $0.server) < ($1.hash, $1.server) }
    for point in points where point.hash != self.points.last?.hash { self.points.append(point) }
  }

  private static func hashes(of peer: Peer) -> [UInt32] {
    let (host, port) = hostAndPort(peer.serverText)
    var base = CRC32()
    base.update(host)
    base.update(0)
    base.update(port)
    var previous: UInt32 = 0
    return (0..<peer.weight * pointsOfWeight).map { _ in
      var checksum = base
      for shift in [0, 8, 16, 24] as [UInt32] {
        checksum.update(UInt8(truncatingIfNeeded: previous >> shift))
      }
      previous = checksum.value
      return previous
    }
  }

  /// The two parts that are hashed; the port is empty where the text ends otherwise.
  private static func hostAndPort(_ text: ByteString) -> (host: ByteString, port: ByteString) {
    if text[0..<min(5, text.count)].equalsIgnoringCase("unix:") {
      return (text.dropFirst(5), ByteString())
    }
    let digits = text.bytes.reversed().prefix(while: ASCII.isDigit).count
    let colon = text.count - digits - 1
    guard colon >= 0, text[colon] == UInt8(ascii: ":") else { return (text, ByteString()) }
    return (text[0..<colon], text.dropFirst(colon + 1))
  }

  /// The place of the first point that is not below a hash; the number of points beyond the last.
  func index(of hash: UInt32) -> Int {
    var (low, high) = (0, points.count)
    while low < high {
      let middle = (low + high) / 2
      if points[middle].hash < hash { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The server at a place; places beyond the last point start anew.
  func server(at index: Int) -> ByteString { servers[points[index % points.count].server] }
}
