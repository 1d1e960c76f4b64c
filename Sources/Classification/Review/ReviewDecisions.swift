import DMARC
import Store
import Verdict

/// What must be decided about a domain, with evidence.
struct ReviewDecisions {
  /// The most urgent first.
  private(set) var list: [Decision] = []
  private(set) var settled = DomainReview.Settled()

  private let builder: ReviewBuilder
  private let line: DomainLine
  private let filter: RecordFilter

  /// Decisions of one kind that are shown; the rest are counted.
  private static let mostOfAKind = 8
  /// Senders of one's own with fewer messages are counted only.
  private static let fewestMessages: Int64 = 3
  /// From this threat on, an unknown sender is worth a decision: that of the level "medium" of `unknown-senders`.
  private static let leastThreat: Int64 = 10
  /// Lines of unknown senders that are looked at.
  private static let mostUnknown = 60

  init(
    _ builder: ReviewBuilder, _ line: DomainLine, _ filter: RecordFilter, _ readiness: DomainReview.Readiness
  ) throws {
    self.builder = builder
    self.line = line
    self.filter = filter
    var open: [(decision: Decision, address: IPAddress, proposal: DeclarationProposal?)] = []
    for stream in failing(readiness.report) {
      let subject = Decision.Subject.failing(name: stream.name, addresses: stream.sources.count)
      open.append((Decision(subject: subject, messages: stream.messages), stream.largestFlow.source, nil))
    }
    let declarations = try Declarations(builder.context, builder.database)
    for sender in try unknown() {
      guard let address = IPAddress(sender.address) else { continue }
      let subject = Decision.Subject.unknown(name: sender.source, form: sender.form, addresses: sender.addresses)
      open.append(
        (Decision(subject: subject, messages: sender.messages), address, declarations.proposal(sender.pool)))
    }
    list = try explained(open) + keys()
    if let policy = readiness.policy, readiness.answer == .yes { list += next(policy) }
  }

  /// The streams of the domain's own that fail, one for each sender.
  private mutating func failing(_ report: ReadinessReport) -> [ReadinessReport.Stream] {
    var bySender: [String: ReadinessReport.Stream] = [:]
    let own = report.streams.filter {
      $0.effect == .yours || ($0.effect == .undecided && !$0.largestFlow.isUnknownIP)
    }
    for stream in own {
      // Only time can tell whether an error of a receiver comes again.
      guard Verdict(rawValue: stream.verdict) != .receiverError else {
        settle(stream.messages)
        continue
      }
      guard var known = bySender[stream.name] else {
        bySender[stream.name] = stream
        continue
      }
      if stream.messages > known.messages { known.largestFlow = stream.largestFlow }
      known.messages.addClamped(stream.messages)
      known.sources.formUnion(stream.sources)
      bySender[stream.name] = known
    }
    let sorted = bySender.values.sorted { ($1.messages, $0.name) < ($0.messages, $1.name) }
    let large = sorted.prefix(Self.mostOfAKind).filter { $0.messages >= Self.fewestMessages }
    for stream in sorted.dropFirst(large.count) { settle(stream.messages) }
    return large
  }

  /// The senders that may be the domain's own. A campaign is nothing to decide about, unless its messages pass.
  private mutating func unknown() throws -> [UnknownSender] {
    var filter = filter
    filter.limit = Self.mostUnknown
    let ranked = try Declarations.unknownSenders(builder.database, builder.context, filter, today: builder.today)
    var open: [UnknownSender] = []
    for sender in ranked.lines {
      if sender.form == .campaign, sender.passed == 0 {
        settled.campaigns += 1
        settled.campaignAddresses.addClamped(sender.addresses)
        settled.campaignMessages.addClamped(sender.messages)
        continue
      }
      let isStopped = sender.blocked >= sender.messages && !sender.isSteady
      if sender.threat >= Self.leastThreat, !isStopped, open.count < Self.mostOfAKind {
        open.append(sender)
      } else {
        settle(sender.messages)
      }
    }
    settled.others += ranked.omitted.lines
    settled.otherMessages.addClamped(ranked.omitted.messages)
    return open
  }

  private mutating func settle(_ messages: Int64) {
    settled.others += 1
    settled.otherMessages.addClamped(messages)
  }

  /// Adds the evidence for the verdict on the largest flow of each.
  private func explained(
    _ open: [(decision: Decision, address: IPAddress, proposal: DeclarationProposal?)]
  ) throws -> [Decision] {
    let flows = try open.map { entry -> SourceFlow? in
      let single = CIDR(entry.address, length: entry.address.bitWidth)
      return try single.flatMap { try builder.database.flows(of: .network($0), filter).first { !$0.passedDMARC } }
        ?? single.flatMap { try builder.database.flows(of: .network($0), filter).first }
    }
    let facts = try builder.classifier.facts(builder.database, ofFlows: Set(flows.compactMap { $0?.id }))
    return zip(open, flows).map { entry, flow in
      var decision = entry.decision
      decision.explain = ShellCommand(["dmarcstat", "explain", ShellWord(entry.address)])
      guard let flow, let facts = facts[flow.id] else { return decision }
      let explanation = Explanation(
        facts.flow, source: facts.source, declared: facts.declared, history: facts.history,
        context: builder.context.ruleContext, isHostLookedUp: facts.isHostLookedUp,
        isSPFInconclusive: facts.isSPFInconclusive, hasSenders: !builder.context.senders.isEmpty,
        proposal: entry.proposal, in: builder.phrasebook)
      decision.meaning = explanation.meaning
      decision.evidence = explanation.evidence
      decision.against = explanation.against
      decision.advice = explanation.advice
      decision.addSteps(in: explanation.advice)
      return decision
    }
  }

  private func keys() throws -> [Decision] {
    try builder.database.brokenKeys(filter, builder.context).filter { !$0.isOver }.prefix(Self.mostOfAKind).map { key in
      var decision = Decision(subject: .key(key), messages: key.messages)
      decision.advice = key.text(builder.phrasebook)
      return decision
    }
  }

  private func next(_ policy: PublishedPolicy) -> [Decision] {
    let next = policy.next(after: .yes)
    guard next.step != .stay, let domain = DomainName(line.domain), let record = next.record.line(of: domain) else {
      return []
    }
    var decision = Decision(subject: .policy(next.step), messages: line.now.messages)
    decision.advice = builder.phrasebook.text("readiness.step-\(next.step.rawValue)")
    decision.records = [record]
    return [decision]
  }
}

extension Decision {
  /// Takes commands and records out of advice, where they are between backticks.
  fileprivate mutating func addSteps(in advice: String) {
    let parts = advice.split(separator: "`", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() where index % 2 == 1 {
      if part.hasPrefix("dmarcstat ") { commands.append(String(part)) }
      if part.contains(" TXT ") { records.append(String(part)) }
    }
  }
}
