/// The settings of blocks that share all their groups, and what the modules make of them.
final class BlockSettings: Sendable {
  /// Keeps the settings.
  private let keeper: ValueKeeper<Settings>

  /// The settings, for those who keep the object.
  let settings: LentValue<Settings>
  let entry: [any EntryStep]
  let preparation: [any PreparationStep]
  let preaccess: [any PhaseStep]
  let access: [any AccessRule]
  let precontent: [any PhaseStep]
  let headerFilters: [any HeaderFilter]

  /// Whether all of them are ``HeaderFilter/isForSelectable``.
  let filtersAreForSelectable: Bool
  let subrequestFilters: [any HeaderFilter]
  let logs: [any LogStep]

  init(_ keeper: ValueKeeper<Settings>, load: Load) {
    self.keeper = keeper
    self.settings = keeper.lent
    // One copy for all of them, since each would be given its own of what is lent.
    let settings = keeper.copy()
    entry = Modules.entries.compactMap { $0(settings) }
    preparation = Modules.preparations.compactMap { $0(settings) }
    preaccess = Modules.preaccesses.compactMap { $0(settings) }
    access = Modules.accesses.compactMap { $0(settings) }
    precontent = Modules.precontents.compactMap { $0(settings) }
    headerFilters = Modules.headerFilters.compactMap { $0(settings) }
    filtersAreForSelectable = headerFilters.allSatisfy(\.isForSelectable)
    subrequestFilters = Modules.subrequestFilters.compactMap { $0(settings) }
    logs = Modules.logs.compactMap { $0(settings, load) }
  }
}

/// The handlers of locations without a directive that answers, for blocks that share all settings.
final class BlockContent: Sendable {
  let handlers: [any Handler]

  /// The same where all of them know at once what they answer; else empty.
  let promptHandlers: [any PromptHandler]

  init(_ settings: Settings) {
    handlers = Modules.contents.compactMap { $0(settings) }
    let prompt = handlers.compactMap(\.prompt)
    promptHandlers = prompt.count == handlers.count ? prompt : []
  }
}

extension Modules {
  // What the modules have to say of a block's settings: most say nothing to most of it.
  fileprivate static let entries = all.compactMap(\.entry)
  fileprivate static let preparations = all.compactMap(\.preparation)
  fileprivate static let preaccesses = all.compactMap(\.preaccess)
  fileprivate static let accesses = all.compactMap(\.access)
  fileprivate static let precontents = all.compactMap(\.precontent)
  fileprivate static let contents = all.compactMap(\.content)
  fileprivate static let headerFilters = all.compactMap(\.headerFilter)
  fileprivate static let subrequestFilters = all.filter(\.filtersSubrequests)
    .compactMap(\.headerFilter)
  fileprivate static let logs = all.compactMap(\.log)
}
