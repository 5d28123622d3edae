import Bytes
import Config
import Engine
import Sockets

/// What a worker serves: a site, made of exactly the bytes that it was handed, with open logs and
/// listening sockets.
struct ServedConfiguration: Sendable {
  /// An address with a socket for each loop; one alone where the loops share it.
  struct Place: Sendable {
    let address: SocketAddress
    let sockets: [ListeningSocket]

    /// The sockets that a loop watches, of as many loops as there are.
    func sockets(ofLoop index: Int, of loopCount: Int) -> [ListeningSocket] {
      if sockets.count < loopCount { return [sockets[index % sockets.count]] }
      return stride(from: index, to: sockets.count, by: loopCount).map { sockets[$0] }
    }
  }

  let generation: Int
  let site: Site
  let places: [Place]

  /// - Parameters:
  ///   - message: A ``ServeOrder`` with its descriptors.
  ///   - predecessor: The site that is served now; nil for none.
  /// - Throws: Why it cannot be served; the order stays without effect then.
  init(_ message: Message, predecessor: Site?) throws(StartupError) {
    let order: ServeOrder
    let bundle: ConfigurationBundle
    do {
      order = try message.read(ServeOrder.self)
      guard message.descriptors.count == order.descriptorCount else {
        throw ProtocolError("not as many descriptors as an order needs")
      }
      bundle = try ConfigurationBundle(readingFrom: message.descriptors[0])
    } catch {
      throw StartupError("the order to serve cannot be read: \(error)")
    }
    generation = order.generation
    site = try ServedConfiguration.site(order, bundle, predecessor)
    var rest = message.descriptors.dropFirst()
    try ServedConfiguration.open(site, order.logFiles, &rest)
    places = order.places.map { place in
      let sockets = rest.prefix(place.socketCount).map {
        ListeningSocket(adopting: $0.release(), address: place.address)
      }
      rest = rest.dropFirst(place.socketCount)
      return Place(address: place.address, sockets: sockets)
    }
  }

  private static func site(
    _ order: ServeOrder, _ bundle: ConfigurationBundle, _ predecessor: Site?
  ) throws(StartupError) -> Site {
    let reader = BundledReader(bundle: bundle)
    let parsed = ConfigurationFiles.read(
      mainFile: order.source.mainFile, folder: order.source.folder,
      globalText: order.source.globalText, reader: reader)
    var options = order.source.loadOptions
    options.files = reader
    options.hosts = reader
    options.checksAccounts = false
    options.isSuperuser = order.isSuperuser
    options.predecessor = predecessor
    let result = Load.site(from: parsed, options: options)
    if let site = result.site { return site }
    let first = result.diagnostics.first { $0.severity.isError }
    throw StartupError(
      first?.description(program: order.source.program) ?? "the configuration makes no site")
  }

  /// Gives the logs their descriptors; those that the former site has open already keep theirs.
  private static func open(
    _ site: Site, _ paths: [String], _ descriptors: inout ArraySlice<Descriptor>
  ) throws(StartupError) {
    let byPath = Dictionary(zip(paths, descriptors), uniquingKeysWith: { first, _ in first })
    descriptors = descriptors.dropFirst(paths.count)
    for target in site.logFiles where !target.isOpen {
      guard let path = target.path else {
        _ = target.open()
        continue
      }
      guard let descriptor = byPath[path] else {
        throw StartupError("no descriptor for the log \"\(path)\" was handed over")
      }
      target.use(descriptor.release())
    }
  }
}
