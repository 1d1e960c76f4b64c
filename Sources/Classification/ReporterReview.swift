import DMARC
import Store
import Verdict

/// Finds out which organisations are believed by themselves, once for each round of judging.
struct ReporterReview {
  /// Whose reports may clear a source.
  let trustPolicy: TrustPolicy
  /// From domains whose verdicts rest on organisations or reports that are believed since, or no longer.
  let touched: Set<Int64>
  /// Whether everything is to be judged again: organisations are believed for the first time, or none is any more.
  let changesAll: Bool

  /// Setting that holds the version of the conditions under which organisations became usual.
  private static let conditionsKey = "standings.version"
  private static let conditions = "3"

  /// Reviews all reports, and keeps what has changed.
  init(_ flows: FlowStore, _ context: ClassificationContext) throws {
    try flows.fillSendingOrganisations { context.organisation($0, $1) }
    let organisations = try flows.sendingOrganisations()
    let names = Dictionary(uniqueKeysWithValues: organisations.map { ($0.id, $0.name) })
    var trust = ReporterTrust(firstIngestion: try flows.firstIngestion())
    var wasContested: Set<Int64> = []
    var (current, traces): (Int64?, [ReportProvenance]) = (nil, [])
    func close() {
      guard let current else { return }
      trust.add(current, traces, isOpenToAnybody: context.isOpenToAnybody(names[current] ?? ""))
      traces.removeAll(keepingCapacity: true)
    }
    try flows.forEachOrigin { origin in
      if origin.organisation != current { close() }
      current = origin.organisation
      if origin.isContested { wasContested.insert(origin.report) }
      traces.append(ReportProvenance(origin, trustedHosts: context.trustedHosts))
    }
    close()
    // Who was borne out once need not be again, unless the conditions were others.
    let isSame = try flows.setting(Self.conditionsKey) == Self.conditions
    let usual = isSame ? organisations.filter { $0.standing == ReporterTrustLevel.usual.rawValue }.map(\.id) : []
    if !isSame { try flows.set(Self.conditionsKey, Self.conditions) }
    var corroboration = Corroboration(flows)
    try trust.complete(usual: Set(usual)) { try corroboration.bearsOut($0, $1) }
    let changed = organisations.filter { $0.standing != trust.trusted[$0.id]?.rawValue }
    for organisation in changed {
      try flows.set(standing: trust.trusted[organisation.id]?.rawValue, ofOrganisation: organisation.id)
    }
    let reports = trust.contested.symmetricDifference(wasContested)
    for report in reports { try flows.set(contested: trust.contested.contains(report), ofReport: report) }
    trustPolicy = trust.trusted.isEmpty ? .corroborated : .trusted
    changesAll = organisations.contains { $0.standing != nil } == trust.trusted.isEmpty
    touched = try flows.headerFroms(
      ofOrganisations: changed.filter { ($0.standing == nil) != (trust.trusted[$0.id] == nil) }.map(\.id),
      reports: Array(reports))
  }

  /// Tells whether what an organisation says in favour of sources is what others say.
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

    /// Whether at least half of the messages are from networks that one of the others favours, too.
    mutating func bearsOut(_ organisation: Int64, _ others: Set<Int64>) throws -> Bool {
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

  /// What the last review found.
  static func trustPolicy(_ flows: FlowStore) throws -> TrustPolicy {
    try flows.sendingOrganisations().contains { $0.standing != nil } ? .trusted : .corroborated
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
