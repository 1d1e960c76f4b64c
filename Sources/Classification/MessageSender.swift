package import DMARC
package import Settings
package import Store
package import Verdict

/// What the store knows about the sender of one message: the address that delivered it, and the keys that signed it.
package struct MessageSender {
  /// What a message says about its sender.
  package struct Question {
    /// The From domain.
    package let from: DomainName
    /// The address that delivered the message; nil if its header does not show it.
    package let address: IPAddress?
    /// The domains for which SPF or DKIM passes.
    package let passing: [DomainName]
    /// The signing domains that are aligned, with their selectors.
    package let keys: [(domain: DomainName, selector: String)]
    /// Whether DMARC passes; nil if that cannot be determined.
    package let passes: Bool?

    /// Creates a question.
    package init(
      from: DomainName, address: IPAddress?, passing: [DomainName], keys: [(domain: DomainName, selector: String)],
      passes: Bool?
    ) {
      (self.from, self.address, self.passing, self.keys, self.passes) = (from, address, passing, keys, passes)
    }
  }

  /// The last day of the period.
  package let lastDay: CalendarDay
  /// The name of the known sender that the address or a passing domain belongs to; nil if there is none.
  package let knownSender: String?
  /// Messages with the From domain that the address sent: all, those that passed DMARC, and those that were quarantined
  /// or rejected.
  package private(set) var messages: Int64 = 0, passed: Int64 = 0, blocked: Int64 = 0
  /// The judgement of the largest flow from the address with the same DMARC result as this message, or else of its
  /// largest flow; nil without messages.
  package private(set) var judgement: Judgement?
  /// The advice that `explain` gives for that flow.
  package private(set) var advice: String?
  /// The command that declares the sender; nil unless it needs review and something identifies it.
  package private(set) var declaration: ShellCommand?
  /// How often signatures with the keys of the message passed and failed in all mail of the organisation.
  package private(set) var keys: [DomainUse.Selector] = []

  /// The length of the period, in days.
  package static let days: Int64 = 90
  private static let mostKeys = 10
  private static let blocking: Set<String?> = ["quarantine", "reject"]

  /// Reads the reports of the 90 days up to the newest one; nil if no report is about the organisation of the From
  /// domain.
  /// - Throws: ``ClassificationError`` or `StoreError`.
  package init?(
    _ question: Question, today: CalendarDay, _ database: ReportDatabase, _ configuration: Configuration,
    _ phrasebook: Phrasebook
  ) throws {
    let classifier = try Classifier(configuration, database)
    let context = classifier.context
    let organisation = context.ruleContext.organisations.domain(of: question.from) ?? question.from
    var filter = RecordFilter(domains: [organisation], lastDay: today)
    guard let newest = try database.newestDay(filter) else { return nil }
    (filter.firstDay, filter.lastDay) = (newest.advanced(by: 1 - Self.days), newest)
    lastDay = newest
    let host = try question.address.flatMap { try database.hostLookedUp(of: $0) ?? nil }
    knownSender = question.address.flatMap { address in
      let asn = context.geolocation(of: address).asn
      return context.index.match(
        address, passing: question.passing, fcrdnsName: host, asn: asn, from: question.from
      ).map { context.index.senders[$0].name }
    }
    if let address = question.address { try read(address, question, filter, database, classifier, phrasebook) }
    try readKeys(question, filter, database)
  }

  private mutating func read(
    _ address: IPAddress, _ question: Question, _ filter: RecordFilter, _ database: ReportDatabase,
    _ classifier: Classifier, _ phrasebook: Phrasebook
  ) throws {
    guard let network = CIDR(address, length: address.isIPv6 ? 128 : 32) else { return }
    let flows = try database.flows(of: .network(network), filter).filter { $0.headerFrom == question.from.name }
    for flow in flows {
      messages.addClamped(flow.messages)
      if flow.passedDMARC { passed.addClamped(flow.messages) }
      if Self.blocking.contains(flow.disposition) { blocked.addClamped(flow.messages) }
    }
    let alike = flows.first { flow in question.passes.map { $0 == flow.passedDMARC } ?? true }
    guard let flow = alike ?? flows.first else { return }
    guard let facts = try classifier.facts(database, ofFlows: [flow.id])[flow.id] else { return }
    let context = classifier.context
    let proposal = try Declarations(context, database).proposal(database, flows, filter)
    let judgement = facts.judgement(in: context.ruleContext)
    self.judgement = judgement
    advice =
      Explanation(
        facts.flow, source: facts.source, declared: facts.declared, history: facts.history,
        context: context.ruleContext, isHostLookedUp: facts.isHostLookedUp, isSPFInconclusive: facts.isSPFInconclusive,
        hasSenders: !context.senders.isEmpty, proposal: proposal, in: phrasebook
      ).advice
    if judgement.isUnknownIP, knownSender == nil { declaration = proposal?.command }
  }

  private mutating func readKeys(
    _ question: Question, _ filter: RecordFilter, _ database: ReportDatabase
  ) throws {
    guard !question.keys.isEmpty else { return }
    var found = question.keys.prefix(Self.mostKeys).map {
      DomainUse.Selector(domain: $0.domain.name, selector: $0.selector)
    }
    let organisation = filter.domains.first ?? question.from
    let policies = try database.policyDomains().filter { $0.isEqualOrUnder(organisation) }
    try database.signatures(filter, of: Set(policies.map(\.name))) { day in
      for result in day.outcome.dkim {
        guard let place = found.firstIndex(where: { Self.isKey($0, result) }) else { continue }
        let date = CalendarDay(number: day.day)
        if result.result == .pass {
          found[place].messages.addClamped(day.messages)
          found[place].lastDay = max(found[place].lastDay ?? date, date)
        } else {
          found[place].failed.addClamped(day.messages)
        }
      }
    }
    keys = found
  }

  private static func isKey(_ key: DomainUse.Selector, _ result: DKIMResult) -> Bool {
    result.selector?.lowercased() == key.selector.lowercased()
      && result.domain.flatMap(DomainName.init)?.name == key.domain
  }
}

extension MessageSender {
  /// What the store knows, as sentence codes with their values.
  package func reasons(_ question: Question, _ phrasebook: Phrasebook) -> [(code: String, values: [String: String])] {
    var reasons: [(code: String, values: [String: String])] = []
    var values = ["from": question.from.name, "day": "\(lastDay)", "days": "\(Self.days)"]
    if let address = question.address {
      values["address"] = "\(address)"
      values["sender"] = knownSender ?? ""
      reasons.append((knownSender == nil ? "store-undeclared" : "store-declared", values))
      values["messages"] = "\(messages)"
      values["passed"] = "\(passed)"
      values["blocked"] = "\(blocked)"
      reasons.append((messages > 0 ? "store-mail" : "store-no-mail", values))
    }
    if let judgement {
      values["verdict"] = "\(judgement.verdict.rawValue)/\(judgement.subtype.rawValue)"
      values["confidence"] = phrasebook.text("check-message.confidence-\(judgement.confidence.rawValue)")
      values["advice"] = advice ?? ""
      reasons.append(("store-verdict", values))
    }
    if let declaration { reasons.append(("store-declare", values.merging(["command": "\(declaration)"]) { $1 })) }
    for key in keys {
      let own = [
        "domain": key.domain, "selector": BoundedText.plain(key.selector, limit: 80), "messages": "\(key.messages)",
        "last": key.lastDay.map { "\($0)" } ?? "",
      ]
      reasons.append((key.messages > 0 ? "store-key" : "store-no-key", values.merging(own) { $1 }))
    }
    return reasons
  }
}
