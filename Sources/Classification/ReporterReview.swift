import DMARC
import Store
import Verdict

/// Determines which organisations are trusted on their own. Runs once before each classification.
struct ReporterReview {
  /// The organisations whose standing has changed, and the reports that have become contested or are no longer.
  private let standings: [(organisation: Int64, standing: String?)]
  private let contested: [(report: Int64, isContested: Bool)]
  /// The organisations and reports that have become trusted or are no longer trusted.
  private let changes: (organisations: [Int64], reports: [Int64])
  /// Whether any organisation is trusted on its own.
  let isAnyTrusted: Bool
  /// Whether everything must be classified again, because the first organisation has become trusted or none is trusted any more.
  let requiresFullRun: Bool

  /// The setting with the version of the conditions under which organisations became `usual`.
  private static let conditionsKey = "standings.version"
  /// The current version of the conditions.
  private static let conditions = "3"

  /// Reviews all reports.
  init(_ flows: FlowStore, _ context: ClassificationContext) throws {
    let organisations = try flows.sendingOrganisations()
    let names = Dictionary(uniqueKeysWithValues: organisations.map { ($0.id, $0.name) })
    var trust = ReporterTrust(firstIngestion: try flows.firstIngestion())
    var wasContested: Set<Int64> = []
    var (current, reports): (Int64?, [ReportProvenance]) = (nil, [])
    func close() {
      guard let current else { return }
      trust.add(current, reports, isOpenToAnybody: context.isOpenToAnyone(names[current] ?? ""))
      reports.removeAll(keepingCapacity: true)
    }
    try flows.forEachOrigin { origin in
      if origin.organisation != current { close() }
      current = origin.organisation
      if origin.isContested { wasContested.insert(origin.report) }
      reports.append(ReportProvenance(origin, trustedHosts: context.trustedHosts))
    }
    close()
    // An organisation that was corroborated once stays so, unless the conditions have changed.
    let isSame = try flows.setting(Self.conditionsKey) == Self.conditions
    let usual = isSame ? organisations.filter { $0.standing == ReporterTrustLevel.usual.rawValue }.map(\.id) : []
    var corroboration = Corroboration(flows)
    try trust.complete(usual: Set(usual)) { try corroboration.isCorroborated($0, $1) }
    let changed = organisations.filter { $0.standing != trust.trusted[$0.id]?.rawValue }
    standings = changed.map { ($0.id, trust.trusted[$0.id]?.rawValue) }
    let recontested = trust.contested.symmetricDifference(wasContested)
    contested = recontested.map { ($0, trust.contested.contains($0)) }
    isAnyTrusted = !trust.trusted.isEmpty
    requiresFullRun = organisations.contains { $0.standing != nil } == trust.trusted.isEmpty
    changes = (
      changed.filter { ($0.standing == nil) != (trust.trusted[$0.id] == nil) }.map(\.id), Array(recontested)
    )
  }

  /// Stores the changes.
  func store(_ flows: FlowStore) throws {
    if try flows.setting(Self.conditionsKey) != Self.conditions { try flows.set(Self.conditionsKey, Self.conditions) }
    for (organisation, standing) in standings { try flows.set(standing: standing, ofOrganisation: organisation) }
    for (report, isContested) in contested { try flows.set(contested: isContested, ofReport: report) }
  }

  /// The From domains whose verdicts depend on the organisations or reports that have changed. This reads all rows of those reports.
  func changedHeaderFroms(_ flows: FlowStore) throws -> Set<Int64> {
    try flows.headerFroms(ofOrganisations: changes.organisations, reports: changes.reports)
  }

  /// Compares the networks that organisations report favourably.
  private struct Corroboration {
    private let flows: FlowStore
    private var known: [Int64: [[UInt8]: Int64]] = [:]

    init(_ flows: FlowStore) { self.flows = flows }

    private mutating func networks(_ organisation: Int64) throws -> [[UInt8]: Int64] {
      if let networks = known[organisation] { return networks }
      let networks = try flows.favouredNetworks(byOrganisation: organisation)
      known[organisation] = networks
      return networks
    }

    /// Whether at least half of the favourably reported messages come from networks that another organisation reports favourably, too.
    mutating func isCorroborated(_ organisation: Int64, _ others: Set<Int64>) throws -> Bool {
      let own = try networks(organisation)
      var confirmed: Set<[UInt8]> = []
      for other in others.sorted() {
        let networks = try networks(other)
        confirmed.formUnion(own.keys.filter { networks[$0] != nil })
        if confirmed.count == own.count { break }
      }
      var (all, part) = (0.0, 0.0)
      for (network, messages) in own {
        all += Double(messages)
        if confirmed.contains(network) { part += Double(messages) }
      }
      return part * 2 >= all
    }
  }
}

extension ReportProvenance {
  fileprivate init(_ origin: StoredReportOrigin, trustedHosts: [String]) {
    self.init(
      report: origin.report, reporter: origin.reporter, policyDomain: origin.policyDomain, day: origin.day,
      end: origin.end, ingestedAt: origin.ingestedAt, receivedAt: origin.receivedAt, cameByMail: origin.cameByMail,
      disagrees: origin.disagrees || (origin.cameByMail && origin.isAnonymous), isSigned: origin.isSigned,
      isAuthenticated: origin.authenticatedBy.map(trustedHosts.contains) ?? false)
  }
}
