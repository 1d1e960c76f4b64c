import Foundation
import Store
import Synchronization
import Verdict

/// Brings stored verdicts up to date.
///
/// Organisations are read and judged on all cores without a lock on the database, and stored one after the other in short transactions.
/// Before verdicts are stored, the number of the last change that touches the organisation is compared with the one that they rest on.
struct JudgingRun {
  private let database: ReportDatabase
  private let context: ClassificationContext
  private let readers: FlowReaders
  private let plan: JudgingPlan
  private(set) var outcome = Classifier.Outcome()

  /// Thrown if another process has changed what verdicts rest on, such as declarations.
  struct Outdated: Error {}

  /// An organisation as input of a run.
  private struct Item {
    var organisation: OrganisationToJudge
    var headerFroms: [Int64]
  }

  /// An organisation that was judged; nil where another process has judged it.
  private struct Judged {
    var item: Item
    var flows: Int
    var changes: VerdictChanges
    var relays: [(key: String, isSteady: Bool)]
  }

  /// Plans a run, and stores what it has to do.
  init(_ database: ReportDatabase, _ context: ClassificationContext, all: Bool) throws {
    self.database = database
    self.context = context
    if try database.readFlows({ try $0.hasReportsWithoutOrganisation() }) {
      try database.withFlows { try $0.fillSendingOrganisations { context.organisation($0, $1) } }
    }
    while true {
      let plan = try database.readFlows { try JudgingPlan($0, context, all: all) }
      if try database.withFlows({ try plan.store($0) }) {
        self.plan = plan
        break
      }
    }
    readers = try FlowReaders(database, count: ProcessInfo.processInfo.activeProcessorCount)
  }

  /// Judges everything that is to be judged.
  /// - Parameter progress: takes the share that was judged, 0 to 1, before the last part of it is stored.
  /// - Throws: ``Outdated``, `StoreError`.
  mutating func finish(_ progress: (Double) -> Void) throws {
    try judgeAll(progress)
    let first = outcome
    while try !settleRelays() { try judgeAll { _ in } }
    // Those that were judged twice count once.
    (outcome.organisations, outcome.flows) = (first.organisations, first.flows)
  }

  /// Organisations are judged in rounds before they are stored. No reading lasts while verdicts are stored, so that the write-ahead log can
  /// start again from its beginning. A round has at most so many organisations, and begins none after so many flows.
  private static let roundOrganisations = 128
  private static let roundFlows = 20_000

  private mutating func judgeAll(_ progress: (Double) -> Void) throws {
    while true {
      let (items, vanished) = try database.readFlows { try work($0) }
      if !vanished.isEmpty { try database.withFlows { flows in for gone in vanished { try flows.forget(gone) } } }
      guard !items.isEmpty else { return }
      let (standings, relays) = try database.readFlows {
        (try ReporterStandings($0), try LearnedRelays.judged($0))
      }
      var rest = items[...]
      while !rest.isEmpty {
        let judged = try judge(&rest, standings, relays)
        progress(Double(items.count - rest.count) / Double(items.count))
        try store(judged)
      }
    }
  }

  /// The organisations to be judged with their From domains, and those of which no messages are left. Two processes do not begin with the
  /// same ones.
  private func work(_ flows: FlowStore) throws -> (items: [Item], vanished: [OrganisationToJudge]) {
    let organisations = try flows.organisationsToJudge()
    guard !organisations.isEmpty else { return ([], []) }
    let groups = try Classifier.headerFroms(of: Set(organisations.map(\.name)), flows, context)
    let items = organisations.compactMap { organisation in
      groups[organisation.name].map { Item(organisation: organisation, headerFroms: $0) }
    }
    return (items.shuffled(), organisations.filter { groups[$0.name] == nil })
  }

  /// A round that is being judged.
  private struct Round {
    var rest: ArraySlice<Item>
    var judged: [Judged] = []
    var flows = 0
    var error: (any Error)?

    mutating func next() -> Item? {
      guard error == nil, flows < JudgingRun.roundFlows else { return nil }
      return rest.popFirst()
    }

    mutating func add(_ result: Judged) {
      judged.append(result)
      flows += result.flows
    }
  }

  /// Judges the first ones, and removes them from the rest.
  private func judge(
    _ items: inout ArraySlice<Item>, _ standings: ReporterStandings, _ relays: LearnedRelays
  ) throws -> [Judged] {
    let part = items.prefix(Self.roundOrganisations)
    let round = Mutex(Round(rest: part))
    let (readers, context) = (readers, context)
    DispatchQueue.concurrentPerform(iterations: min(readers.count, part.count)) { number in
      do {
        // One reading for all of them, because small organisations cost less than to begin a reading.
        try readers.read(number) { flows in
          while let item = round.withLock({ $0.next() }) {
            guard try flows.isToJudge(item.organisation) else { continue }
            let classifier = try OrganisationClassifier(
              flows, headerFroms: item.headerFroms, context: context, standings: standings, relays: relays)
            let judged = Judged(
              item: item, flows: classifier.count, changes: try classifier.verdicts(), relays: classifier.relays)
            round.withLock { $0.add(judged) }
          }
        }
      } catch { round.withLock { $0.error = $0.error ?? error } }
    }
    return try round.withLock { round in
      if let error = round.error { throw error }
      items = items.dropFirst(part.count - round.rest.count)
      return round.judged
    }
  }

  // MARK: Storing

  /// The number of verdicts that are stored at a time, and how long a transaction may last.
  private static let batch = 1_000
  private static let longest = Duration.milliseconds(250)
  /// The time for other writers between long transactions: they look every 20 ms whether the database is free.
  private static let pause: UInt32 = 25_000

  private mutating func store(_ judged: [Judged]) throws {
    var (number, position) = (0, 0)
    while number < judged.count {
      let isLong = try database.withFlows { [plan] flows -> Bool? in
        let end = ContinuousClock.now + Self.longest
        // Nobody else changes either of them before the commit.
        guard try plan.isInForce(flows) else { return nil }
        let senders = try flows.knownSenderIDs()
        while number < judged.count, ContinuousClock.now < end {
          let entry = judged[number]
          guard entry.changes.senders.isSubset(of: senders) else { return nil }
          guard try flows.isToJudge(entry.item.organisation) else {
            (number, position) = (number + 1, 0)
            continue
          }
          let next = min(position + Self.batch, entry.changes.count)
          try flows.store(entry.changes[position..<next], rulesVersion: RuleEngine.version)
          position = next
          guard position == entry.changes.count else { continue }
          try flows.setRelays(entry.relays, shownBy: entry.item.organisation.name)
          try flows.noteJudged(entry.item.organisation)
          outcome.organisations += 1
          outcome.flows += entry.flows
          outcome.changed += entry.changes.count
          (number, position) = (number + 1, 0)
        }
        try JudgingState.noteJudge(flows)
        return ContinuousClock.now >= end
      }
      guard let isLong else { throw Outdated() }
      if isLong, number < judged.count { usleep(Self.pause) }
    }
  }

  // MARK: Relays

  /// Has the organisations judged again whose mail comes from hosts that only now turned out to be relays, or not to be. What their mail
  /// shows does not depend on this, so once is enough.
  /// - Returns: whether nothing is left to be judged.
  private func settleRelays() throws -> Bool {
    while true {
      let context = context
      let (change, relays, touched) = try database.readFlows { flows in
        let relays = try LearnedRelays(flows)
        let keys = relays.keys(unlike: try LearnedRelays.judged(flows))
        let headerFroms = try LearnedRelays.headerFroms(from: keys, flows, context)
        let names = try flows.names(ofHeaderFroms: headerFroms).map(context.organisation(ofHeaderFrom:))
        return (try flows.lastChange(), relays, Set(names))
      }
      let isDone = try database.withFlows { flows -> Bool? in
        guard try flows.lastChange() == change else { return nil }
        try relays.setJudged(flows)
        if !touched.isEmpty { try flows.touch(touched) }
        let isDone = try !flows.isAnyToJudge()
        if isDone { try JudgingState.set(nil, flows) }
        return isDone
      }
      if let isDone { return isDone }
    }
  }
}
