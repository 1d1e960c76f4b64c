import DMARC
import Store
import Verdict

/// Keeps the stored verdicts up to date with reports, declared senders, history and rules.
struct Judging {
  private static let rulesKey = "judged.rules"
  private static let originsKey = "judged.origins"
  private static let reportKey = "judged.report"
  private static let chunk = 5_000

  private let senders: [StoredSender]
  private let index: KnownSenderIndex
  private let ownDomains: [DomainName]

  init(_ senders: [StoredSender]) {
    self.senders = senders
    index = KnownSenderIndex(senders.map(\.sender))
    ownDomains = senders.filter { $0.sender.kind == .own }.flatMap(\.sender.domains)
  }

  /// What the rules rest on besides reports.
  private var fingerprint: String {
    let declared = senders.map {
      "\($0.id) \($0.sender.name) \($0.sender.kind) \($0.sender.networks) \($0.sender.domains)"
    }
    return (["\(Procedure.version)"] + declared).joined(separator: "\n")
  }

  /// Whether ``refresh(_:)`` would do anything.
  func isNeeded(_ database: ReportDatabase) throws -> Bool {
    try database.readFlows { flows in
      let judgedReport = try flows.setting(Self.reportKey)
      return try flows.setting(Self.rulesKey) != fingerprint || judgedReport != String(flows.newestReport())
    }
  }

  /// Judges what is new; everything, where the ground of old verdicts has shifted.
  func refresh(_ database: ReportDatabase) throws {
    try database.withFlows { flows in
      let newest = try flows.newestReport()
      let judged = try flows.setting(Self.reportKey).flatMap { Int64($0) } ?? 0
      let isSameGround = try flows.setting(Self.rulesKey) == fingerprint
      let past = try FlowHistory(flows)
      let isAll = try !isSameGround || flows.setting(Self.originsKey) != past.origins.fingerprint
      let replays = try past.replays(sinceReport: isAll ? 0 : judged)
      try judge(flows, isAll ? .all : .new(sinceReport: judged), past, replays)
      try flows.set(Self.rulesKey, fingerprint)
      try flows.set(Self.originsKey, past.origins.fingerprint)
      try flows.set(Self.reportKey, String(newest))
    }
  }

  private func judge(
    _ flows: FlowStore, _ scope: FlowStore.Scope, _ past: FlowHistory, _ replays: [Int64: HistoryFacts.Replay]
  ) throws {
    var verdicts: [StoredVerdict] = []
    try flows.forEach(scope) { flow in
      let (judgement, sender) = judge(flow, past, replays[flow.id])
      verdicts.append(
        StoredVerdict(
          flowID: flow.id, verdict: judgement.verdict.rawValue, subtype: judgement.subtype,
          confidence: judgement.confidence.rawValue, rule: judgement.rule, isUnknownIP: judgement.isUnknownIP,
          knownSenderID: sender))
      if verdicts.count >= Self.chunk {
        try flows.store(verdicts)
        verdicts.removeAll(keepingCapacity: true)
      }
    }
    try flows.store(verdicts)
  }

  private func judge(
    _ flow: StoredFlow, _ past: FlowHistory, _ replay: HistoryFacts.Replay?
  ) -> (Judgement, senderID: Int64?) {
    let facts = past.facts(of: flow)
    let sender = index.match(flow.source, passing: facts.terms.passingDomains)
    let judgement = Procedure.judge(
      facts, OperatorFacts(knownSender: sender.map { index.senders[$0] }, ownDomains: ownDomains),
      past.origins.facts(of: facts, messages: flow.messages, replay: replay))
    return (judgement, sender.map { senders[$0].id })
  }

  /// The verdicts on the flows of one source, with their evidence.
  func explain(_ database: ReportDatabase, _ source: IPAddress) throws -> [Int64: Judgement] {
    try database.readFlows { flows in
      let past = try FlowHistory(flows)
      let replays = try past.replays(sinceReport: 0)
      var result: [Int64: Judgement] = [:]
      try flows.forEach(.source(source)) { result[$0.id] = judge($0, past, replays[$0.id]).0 }
      return result
    }
  }
}
