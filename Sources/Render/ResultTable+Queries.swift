import DMARC
package import Store

extension ResultTable {
  /// The table of `summary`.
  package init(_ domains: [DomainSummary]) {
    self.init(
      [
        Column("policy_domain", "DOMAIN"), Column("messages"), Column("pass_rate", "PASS"),
        Column("pass_rate_change", "CHANGE"), Column("both_aligned", "DKIM+SPF"),
        Column("dkim_only", "DKIM ONLY"), Column("spf_only", "SPF ONLY"), Column("failed"),
        Column("unknown", "NEEDS REVIEW"), Column("delivered", isDetail: true), Column("quarantined", "QUARANT."),
        Column("rejected"),
        Column("sources", isDetail: true), Column("reporters"), Column("reports", isDetail: true),
        Column("first_day", "FIRST SEEN"), Column("last_day", "LAST SEEN"),
        Column("policy"), Column("passed", isDetail: true), Column("dkim_aligned", isDetail: true),
        Column("spf_aligned", isDetail: true), Column("dropped_rows", isDetail: true),
        Column("messages_before", isDetail: true), Column("pass_rate_before", isDetail: true),
        Column("estimated_messages", "~IN PERIOD", isDetail: !domains.contains { $0.estimatedMessages != nil }),
        Column("estimated_passed", isDetail: true),
        Column("not_evaluated", "NOT EVALUATED", isDetail: !domains.contains { $0.notEvaluated > 0 }),
        Column("testing", isDetail: true), Column("discovery_method", isDetail: true),
      ],
      domains.map { domain in
        [
          .text(domain.domain), .integer(domain.messages), domain.passRate.map(Cell.share) ?? .null,
          Self.change(domain.passRate, since: domain.passRateBefore),
          .integer(domain.bothAligned), .integer(domain.dkimAligned - domain.bothAligned),
          .integer(domain.spfAligned - domain.bothAligned), .integer(domain.failed),
          .integer(domain.unknown), .integer(domain.delivered), .integer(domain.quarantined), .integer(domain.rejected),
          .integer(domain.sources), .integer(domain.reporters), .integer(domain.reports),
          .text("\(domain.firstDay)"), .text("\(domain.lastDay)"), .text(domain.policy), .integer(domain.passed),
          .integer(domain.dkimAligned), .integer(domain.spfAligned), .integer(domain.droppedRows),
          Cell(domain.messagesBefore), domain.passRateBefore.map(Cell.share) ?? .null,
          Cell(domain.estimatedMessages), Cell(domain.estimatedPassed), .integer(domain.notEvaluated),
          Cell(domain.testing), Cell(domain.discoveryMethod),
        ]
      }, ifEmpty: "No reports in this period.")
  }

  /// The change of the pass rate in percentage points.
  static func change(_ now: Double?, since before: Double?) -> Cell {
    guard let now, let before else { return .null }
    return .change(((now - before) * 100_000).rounded() / 1_000)
  }

  /// The table of `top-failures`; `meaning` describes `verdict/subtype` in words.
  package init(_ groups: [FailureGroup], by grouping: FailureGrouping, meaning: (String) -> String) {
    self.init(groups, key: grouping.rawValue.map { $0 == "-" ? "_" : String($0) }.joined(), meaning: meaning)
    if grouping != .verdict { drop(["meaning"]) } else { makeDetails(Self.rawResults) }
    if grouping == .operator { append(namedBy: groups.map(\.namedBy)) }
  }

  /// The table of `top-failures --by day`, `week` or `month`.
  package init(_ groups: [FailureGroup], per length: PeriodLength) {
    self.init(groups, key: length.rawValue) { _ in "" }
    drop(["meaning"])
    makeDetails(["spf", "dkim", "first_day", "last_day"])
  }

  private init(_ groups: [FailureGroup], key: String, meaning: (String) -> String) {
    self.init(
      [
        Column(key), Column("messages"), Column("blocked", isDetail: true), Column("sources"),
        Column("verdict").renamed(ifEqual: key),
        Column("known_sender"), Column("header_from", "FROM DOMAIN").renamed(ifEqual: key),
        Column("spf", "RAW SPF"), Column("dkim", "RAW DKIM"), Column("reporters"), Column("first_day", "FIRST SEEN"),
        Column("last_day", "LAST SEEN"), Column("unknown", "NEEDS REVIEW"), Column("meaning"),
      ],
      groups.map { group in
        [
          .text(group.key), .integer(group.messages), .integer(group.blocked), .integer(group.sources),
          .list(group.verdicts), .list(group.knownSenders), .list(group.headerFroms),
          .list(ResultText.spf(group.spf)), .list(ResultText.dkim(group.dkim)), .list(group.reporters),
          .text("\(group.firstDay)"), .text("\(group.lastDay)"),
          .integer(group.unknown), .text(key == "verdict" ? meaning(group.key) : ""),
        ]
      }, ifEmpty: "Nothing failed DMARC in this period.")
    dropColumns(repeating: key)
  }

  /// Adds a column that says where the names of operators come from.
  private mutating func append(namedBy: [[String]]) {
    columns.append(Column("named_by", "NAMED BY"))
    for (index, bases) in namedBy.enumerated() { rows[index].append(.list(bases)) }
  }

  /// What the first page of an investigation has no room for.
  private static let rawResults: Set<String> = ["spf", "dkim", "header_from", "known_sender"]

  private mutating func makeDetails(_ keys: Set<String>) {
    for index in columns.indices where keys.contains(columns[index].key) {
      columns[index] = Column(columns[index].key, columns[index].title, isDetail: true)
    }
  }

  /// The table of `unknown-senders`; `command` proposes how to declare a source as known, or returns nil.
  package init(_ senders: [UnknownSender], byOperator: Bool = false, command: (UnknownSender) -> String?) {
    self.init(
      [
        Column("source"), Column("addresses", "ADDR."), Column("threat"), Column("messages"), Column("verdict"),
        Column("header_from"), Column("spf", "RAW SPF"), Column("host"), Column("passed", isDetail: true),
        Column("blocked"), Column("policy_domain", isDetail: true), Column("reporters"),
        Column("first_day", "FIRST SEEN"), Column("last_day", "LAST SEEN"), Column("declare", isDetail: true),
        Column("days"), Column("level"), Column("form"), Column("networks", isDetail: true),
        Column("steady", isDetail: true), Column("address", isDetail: true),
      ],
      senders.map { sender in
        [
          .text(sender.source), .integer(sender.addresses), .integer(sender.threat), .integer(sender.messages),
          .list(sender.verdicts), .list(sender.headerFroms), .list(ResultText.spf(sender.spf)), .list(sender.hosts),
          .integer(sender.passed), .integer(sender.blocked), .list(sender.policyDomains), .integer(sender.reporters),
          .text("\(sender.firstDay)"), .text("\(sender.lastDay)"), Cell(command(sender)), .integer(sender.days),
          .text(Self.level(sender.threat)), .text(sender.form.rawValue), .integer(sender.networks),
          .flag(sender.isSteady), .text(sender.address),
        ]
      }, ifEmpty: "No unknown senders in this period.")
    if byOperator { append(namedBy: senders.map(\.namedBy)) }
  }

  /// The threat of a source in a word; the help of `unknown-senders` explains the scale.
  private static func level(_ threat: Int64) -> String { threat >= 18 ? "high" : threat >= 10 ? "medium" : "low" }

  /// The table of `forwarding`.
  package init(_ forwarders: [ForwarderSummary], byOperator: Bool = false) {
    self.init(
      [
        Column("forwarder"), Column("messages"), Column("survived", "DKIM SURVIVED"), Column("basis"),
        Column("verdict"),
        Column("confidence"), Column("dkim_survived", isDetail: true), Column("attested", isDetail: true),
        Column("envelope_kept", isDetail: true),
        Column("selectors", isDetail: true), Column("header_from"),
        Column("sources", isDetail: true), Column("reporters", isDetail: true), Column("first_day", "FIRST SEEN"),
        Column("last_day", "LAST SEEN"),
        Column("evidence"),
      ],
      forwarders.map { forwarder in
        [
          .text(forwarder.forwarder), .integer(forwarder.messages), Self.survived(forwarder),
          .text(Self.basis(forwarder)), .list(forwarder.verdicts), .list(forwarder.confidences),
          .integer(forwarder.dkimSurvived), .integer(forwarder.attested), .integer(forwarder.envelopeKept),
          .list(forwarder.selectors), .list(forwarder.headerFroms),
          .list(forwarder.sources), .list(forwarder.reporters), .text("\(forwarder.firstDay)"),
          .text("\(forwarder.lastDay)"), .text(Self.evidence(forwarder)),
        ]
      }, ifEmpty: "No forwarded mail in this period.")
    if byOperator { append(namedBy: forwarders.map(\.namedBy)) }
  }

  private static func survived(_ forwarder: ForwarderSummary) -> Cell {
    forwarder.messages > 0 ? .share(Double(forwarder.dkimSurvived) / Double(forwarder.messages)) : .null
  }

  /// Whether the receiver states the forwarding, or it is only inferred.
  private static func basis(_ forwarder: ForwarderSummary) -> String {
    if forwarder.attested == 0 { return "inferred" }
    return forwarder.attested == forwarder.messages ? "attested" : "attested in part"
  }

  private static func evidence(_ forwarder: ForwarderSummary) -> String {
    var parts: [String] = []
    if forwarder.dkimSurvived > 0 { parts.append("our DKIM survived in \(forwarder.dkimSurvived)") }
    if forwarder.envelopeKept > 0 { parts.append("MAIL FROM kept our domain in \(forwarder.envelopeKept)") }
    if forwarder.attested > 0 { parts.append("the receiver says so of \(forwarder.attested)") }
    let others = forwarder.messages - max(forwarder.dkimSurvived, forwarder.attested)
    if parts.isEmpty, others > 0 { parts.append("our signature is there but broken") }
    return parts.joined(separator: "; ")
  }

  /// The table of `rejects`.
  package init(_ rejects: [RejectedInput]) {
    self.init(
      [
        Column("path"), Column("member"), Column("code"), Column("line"), Column("cause"),
        Column("next_step", "NEXT STEP"), Column("tried_at", "TRIED AT"),
      ],
      rejects.map { reject in
        [
          .text(reject.path), Cell(reject.member), .text(reject.code), Cell(reject.line.map(Int64.init)),
          .text(reject.cause), .text(reject.nextStep), .text(timestamp(reject.triedAt)),
        ]
      }, ifEmpty: "Nothing has been rejected.")
  }

  /// The table of `senders list`.
  package init(_ senders: [StoredSender]) {
    self.init(
      [
        Column("name"), Column("kind"), Column("addresses"), Column("domains"), Column("hosts"), Column("asns"),
        Column("declared_in", "DECLARED IN"), Column("for"),
      ],
      senders.map { stored in
        [
          .text(stored.sender.name), .text(stored.sender.kind.rawValue), .list(stored.sender.networks.map { "\($0)" }),
          .list(stored.sender.domains.map(\.name)), .list(stored.sender.hosts.map(\.name)),
          .list(stored.sender.asns.map { "AS\($0)" }), .text(stored.origin.rawValue),
          .list(stored.sender.onlyFor.map(\.name)),
        ]
      }, ifEmpty: "No known senders yet. Declare one with `dmarcstat senders add`.")
  }
}

extension Column {
  /// Renames a column with the same key as the group, because keys must differ; it is dropped later.
  fileprivate func renamed(ifEqual key: String) -> Column { self.key == key ? Column("_" + key) : self }
}

extension ResultTable {
  /// Drops columns that repeat the first one.
  fileprivate mutating func dropColumns(repeating key: String) {
    let repeated: Set<String> =
      switch key {
      case "header_from": ["_header_from"]
      case "verdict": ["_verdict"]
      case "reporter": ["reporters"]
      case "source": ["sources"]
      default: []
      }
    drop(repeated)
  }

  fileprivate mutating func drop(_ keys: Set<String>) {
    for index in columns.indices.reversed() where keys.contains(columns[index].key) {
      columns.remove(at: index)
      for row in rows.indices { rows[row].remove(at: index) }
    }
  }
}
