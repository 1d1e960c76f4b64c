import DMARC
import Store
import Verdict

/// What a run has to judge, found by reading only. ``store(_:)`` adds it to the stored list of organisations to be judged.
struct JudgingPlan {
  private let state: JudgingState
  private let review: ReporterReview
  private let newestReport: Int64
  private let fingerprint, senders: String
  /// The organisations whose reports anyone could have sent, as a text.
  private let unverified: String
  private let organisations: Set<String>
  private let isFull: Bool

  /// Finds the organisations in new reports and those that changed declarations touch, or all on request or if the context has changed.
  init(_ flows: FlowStore, _ context: ClassificationContext, all: Bool) throws {
    state = try JudgingState(flows)
    review = try ReporterReview(flows, context)
    newestReport = try flows.newestReport()
    fingerprint = context.fingerprint(try flows.lookUpState())
    senders = try JudgedSender.text(context.judgedSenders)
    let unverifiedNow =
      try review.isAnyTrusted ? [] : ReporterStandings.unverified(flows, flows.sendingOrganisations())
    unverified = unverifiedNow.sorted().map(String.init).joined(separator: " ")
    let touched = try Self.headerFromsOfChangedSenders(state, flows, context)
    let isUpToDate = state.fingerprint == fingerprint && !review.requiresFullRun
    // A run over all organisations that was killed is continued, not begun again.
    let isBegun = state.unfinished == .all
    guard isUpToDate, !all || isBegun, let last = state.newestReport, var touched else {
      isFull = true
      organisations = Set(try flows.headerFroms().map { context.organisation(ofHeaderFrom: $0.name) })
      return
    }
    isFull = false
    touched.formUnion(try flows.headerFroms(sinceReport: last))
    touched.formUnion(try review.changedHeaderFroms(flows))
    if let before = state.unverified {
      let ids = Set(before.split(separator: " ").compactMap { Int64($0) }).symmetricDifference(unverifiedNow)
      touched.formUnion(try flows.headerFroms(ofOrganisations: Array(ids), reports: []))
    }
    organisations = Set(try flows.names(ofHeaderFroms: touched).map(context.organisation(ofHeaderFrom:)))
  }

  /// The From domains that the declarations touch that have come, gone or changed since the last run; nil if those of the last run are
  /// not known.
  private static func headerFromsOfChangedSenders(
    _ state: JudgingState, _ flows: FlowStore, _ context: ClassificationContext
  ) throws -> Set<Int64>? {
    guard let before = state.senders.flatMap(JudgedSender.set) else { return nil }
    return try before.symmetricDifference(context.judgedSenders).reduce(into: []) {
      $0.formUnion(try $1.headerFroms(flows, context))
    }
  }

  /// Stores the plan, unless another process has stored one since this one was made.
  /// - Returns: whether it was stored.
  func store(_ flows: FlowStore) throws -> Bool {
    guard try JudgingState(flows) == state else { return false }
    try review.store(flows)
    if isFull || !organisations.isEmpty { try flows.touch(organisations, andAllKnown: isFull) }
    if isFull { try flows.forgetRelays(except: Array(organisations)) }
    try LearnedRelays.judged(flows).setJudged(flows)
    try flows.set(JudgingState.contextKey, fingerprint)
    try flows.set(JudgingState.sendersKey, senders)
    if state.unverified != unverified { try flows.set(JudgingState.unverifiedKey, unverified) }
    try flows.set(FlowStore.judgedReport, String(newestReport))
    try JudgingState.set(isFull || state.unfinished == .all ? .all : .some, flows)
    try JudgingState.noteJudge(flows)
    return true
  }

  /// Whether what verdicts rest on is still what this plan says, so that they may be stored.
  func isInForce(_ flows: FlowStore) throws -> Bool {
    try flows.setting(JudgingState.contextKey) == fingerprint && flows.setting(JudgingState.sendersKey) == senders
  }
}

extension ClassificationContext {
  /// The organisation of a From domain: its organisational domain, or itself; empty if it is not a valid name.
  func organisation(ofHeaderFrom text: String) -> String {
    guard let name = DomainName(text) else { return "" }
    return (ruleContext.organisations.domain(of: name) ?? name).name
  }
}
