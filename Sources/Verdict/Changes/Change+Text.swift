package import DMARC

extension Change {
  /// What happened, then a sentence for each cause.
  package func sentences(_ phrasebook: Phrasebook) -> [String] {
    let step = record.flatMap { $0.step == .changed ? nil : ".\($0.step.rawValue)" } ?? ""
    var sentences = [phrasebook.text("change.\(kind.rawValue)\(step)", values(phrasebook))]
    sentences += consequences(phrasebook)
    sentences += causes.map { $0.text(phrasebook) }
    if let onlyReporter { sentences.append(phrasebook.text("change.only-reporter", ["reporter": onlyReporter])) }
    return sentences
  }

  /// The same as one text.
  package func text(_ phrasebook: Phrasebook) -> String {
    sentences(phrasebook).joined(separator: phrasebook.language == .japanese ? "" : " ")
  }

  /// What the placeholders of the texts about it stand for.
  func values(_ phrasebook: Phrasebook) -> [String: String] {
    var values = [
      "name": name, "domains": Self.list(domains, phrasebook), "messages": "\(messages ?? 0)",
      "before": "\(messagesBefore ?? 0)",
      "since": since.map { phrasebook.text("change.since", ["day": "\($0)"]) }
        ?? phrasebook.text("change.since-unknown"),
      "share-before": shareBefore.map(RuleEngine.percentage) ?? "–",
      "share": shareSince.map(RuleEngine.percentage) ?? "–",
    ]
    if case .key(let domain, let selector) = subject {
      (values["domain"], values["selector"]) = (domain, selector ?? phrasebook.text("change.no-selector"))
    }
    if let record {
      values["name"] = record.domain
      values["difference"] = record.text(phrasebook)
      values["since"] = record.day(since, phrasebook)
      values["when"] = record.moment(since, phrasebook)
      values["gained"] = RecordDifference.list(record.gained)
      values["other"] = record.other ?? ""
    }
    return values
  }

  /// What the change of a record means for mail.
  private func consequences(_ phrasebook: Phrasebook) -> [String] {
    guard let record else { return [] }
    var values = ["name": record.domain, "other": record.other ?? ""]
    if let consequence {
      values["failed"] = "\(consequence.failed)"
      values["rejected"] = "\(consequence.rejected)"
      values["before"] = "\(consequence.passedBefore)"
      values["senders"] = consequence.senders.map(\.name).joined(separator: ", ")
    }
    func sentence(_ code: String) -> [String] { [phrasebook.text("change.consequence.\(code)", values)] }
    switch kind {
    case .dmarcRecord where record.step == .disappeared:
      return sentence(record.other == nil ? "no-policy" : "inherited")
    case .keyRecord where [.disappeared, .revoked, .unusable, .replaced].contains(record.step):
      guard let consequence else { return [] }
      if consequence.failed > 0 { return sentence("key-failed") }
      return consequence.passedBefore > 0 ? sentence("key-used") : sentence("key-unused")
    case .spfRecord: return consequence?.senders.isEmpty == false ? sentence("spf-senders") : []
    default: return []
    }
  }

  /// Up to three names, and how many others there are.
  private static func list(_ names: [String], _ phrasebook: Phrasebook) -> String {
    let shown = names.prefix(3).joined(separator: ", ")
    guard names.count > 3 else { return shown }
    return phrasebook.text("change.more-domains", ["names": shown, "count": "\(names.count - 3)"])
  }

  /// The command that shows more; nil if a name in it is not valid.
  package var nextStep: ShellCommand? {
    let domain = domains.first.flatMap(DomainName.init)?.publishable.map { ShellWord($0) }
    let day = (since ?? noticed).description
    guard let day = ShellWord(day) else { return nil }
    switch kind {
    case .reporterSilent, .reporterNew:
      return ShellCommand(["dmarcstat", "reports", "--since", day])
    case .spoofingBegan, .replayBegan, .spoofingEnded, .replayEnded:
      return domain.map { ShellCommand(["dmarcstat", "unknown-senders", "--domain", $0, "--since", day]) }
    case .senderNew, .senderFails, .senderPasses, .senderGone:
      guard let domain, let address else { return nil }
      return ShellCommand(["dmarcstat", "explain", ShellWord(address), "--domain", domain])
    case .keyBroke, .keyWorks, .dmarcRecord: return domain.map { ShellCommand(["dmarcstat", "readiness", $0]) }
    case .spfRecord: return domain.map { ShellCommand(["dmarcstat", "senders", "spf", $0]) }
    case .keyRecord, .mxRecord, .mtaSTSRecord, .tlsReportRecord, .reportAuthorisation:
      return domain.map { ShellCommand(["dmarcstat", "check", "domain", $0]) }
    case .passRateFell, .passRateRose, .volumeFell, .volumeRose:
      if let domain, let address {
        return ShellCommand(["dmarcstat", "explain", ShellWord(address), "--domain", domain])
      }
      return domain.map { ShellCommand(["dmarcstat", "top-failures", "--domain", $0, "--since", day]) }
    }
  }
}

extension ChangeCause {
  /// The cause as a sentence. What only happened at the same time is told as such.
  package func text(_ phrasebook: Phrasebook) -> String {
    if let record, record.step != .changed || kind == .keyRecord { return text(of: record, phrasebook) }
    return phrasebook.text(
      "change.cause.\(kind.rawValue)",
      [
        "sender": sender?.name ?? "", "domain": domain ?? "",
        "selector": selector ?? phrasebook.text("change.no-selector"),
        "since": record?.day(since, phrasebook) ?? since.map { phrasebook.text("change.since", ["day": "\($0)"]) }
          ?? phrasebook.text("change.since-unknown"),
        "when": record?.moment(since, phrasebook) ?? "", "difference": record?.text(phrasebook) ?? "",
      ])
  }
}

extension ChangeCause {
  /// The text of a record change as a cause, in the same words as a change of its own.
  private func text(of record: RecordDifference, _ phrasebook: Phrasebook) -> String {
    let step = record.step == .changed ? "" : ".\(record.step.rawValue)"
    let sentence = phrasebook.text(
      "change.\(kind.rawValue)\(step)",
      [
        "name": record.domain, "domain": record.domain, "selector": selector ?? "", "other": record.other ?? "",
        "difference": record.text(phrasebook), "gained": RecordDifference.list(record.gained),
        "when": record.moment(since, phrasebook),
      ])
    return isCoincidence ? phrasebook.text("change.cause.same-time", ["sentence": sentence]) : sentence
  }
}

extension RecordDifference {
  /// `p=none became p=quarantine; lost sp=none; gained rua=mailto:dmarc@example.com`.
  package func text(_ phrasebook: Phrasebook) -> String {
    let pairs = changedTags
    let became = pairs.prefix(Self.mostTerms).map {
      phrasebook.text("change.became", ["before": $0.before, "after": $0.after])
    }
    let others = [
      ("change.lost", lost.filter { term in !pairs.contains { $0.before == term } }),
      ("change.gained", gained.filter { term in !pairs.contains { $0.after == term } }),
    ]
    let parts = others.filter { !$0.1.isEmpty }.map { phrasebook.text($0, ["terms": Self.list($1)]) }
    let omitted = pairs.count > Self.mostTerms ? ["…"] : []
    return (became + omitted + parts).joined(separator: "; ")
  }

  /// Tags that have another value, as in `p=none` and `p=quarantine`; only those that are in each list once.
  private var changedTags: [(before: String, after: String)] {
    func byName(_ terms: [String]) -> [Substring: [String]] {
      Dictionary(grouping: terms.filter { $0.contains("=") }) { $0.prefix { $0 != "=" } }
    }
    let (before, after) = (byName(lost), byName(gained))
    return lost.compactMap { term in
      let name = term.prefix { $0 != "=" }
      guard before[name]?.count == 1, let new = after[name], new.count == 1 else { return nil }
      return (term, new[0])
    }
  }

  private static var mostTerms: Int { 6 }

  /// The first terms, with an ellipsis if there are more.
  static func list(_ terms: [String]) -> String {
    let shown = terms.prefix(mostTerms).joined(separator: " ")
    return terms.count > mostTerms ? shown + " …" : shown
  }

  /// When the change happened: on a day, or between two days.
  func moment(_ since: CalendarDay?, _ phrasebook: Phrasebook) -> String {
    guard let since else { return phrasebook.text("change.since-unknown") }
    // Lookups show an interval; reports do so only if more than a day lies between those with the old and the new
    // record.
    guard let lastBefore, reporters == nil ? lastBefore < since : lastBefore.advanced(by: 1) < since else {
      return phrasebook.text("change.on", ["day": "\(since)"])
    }
    return phrasebook.text("change.between", ["first": "\(lastBefore)", "last": "\(since)"])
  }

  /// The day of the change, or the days between which it lies.
  func day(_ since: CalendarDay?, _ phrasebook: Phrasebook) -> String {
    guard let since else { return phrasebook.text("change.since-unknown") }
    guard let lastBefore, lastBefore.advanced(by: 1) < since else {
      return phrasebook.text("change.since", ["day": "\(since)"])
    }
    return phrasebook.text("change.between", ["first": "\(lastBefore)", "last": "\(since)"])
  }
}
