/// The settings of blocks that share all their groups, and what the modules make of them.
final class BlockSettings: Sendable {
  let keeper: ValueKeeper<Settings>
  let entry: [any EntryStep]
  let preparation: [any PreparationStep]
  let preaccess: [any PhaseStep]
  let access: [any AccessRule]
  let precontent: [any PhaseStep]

  /// The handlers of locations without a directive that answers.
  let content: [any Handler]
  let headerFilters: [any HeaderFilter]
  let subrequestFilters: [any HeaderFilter]
  let logs: [any LogStep]

  init(_ settings: Settings, load: Load) {
    keeper = ValueKeeper(settings)
    entry = Modules.all.compactMap { $0.entry?(settings) }
    preparation = Modules.all.compactMap { $0.preparation?(settings) }
    preaccess = Modules.all.compactMap { $0.preaccess?(settings) }
    access = Modules.all.compactMap { $0.access?(settings) }
    precontent = Modules.all.compactMap { $0.precontent?(settings) }
    content = Modules.all.compactMap { $0.content?(settings) }
    headerFilters = Modules.all.compactMap { $0.headerFilter?(settings) }
    subrequestFilters = Modules.all.filter(\.filtersSubrequests).compactMap {
      $0.headerFilter?(settings)
    }
    logs = Modules.all.compactMap { $0.log?(settings, load) }
  }
}
