package import DMARC

extension Change {
  /// What happened, then a sentence for each cause.
  package func sentences(_ phrasebook: Phrasebook) -> [String] {
    var sentences = [phrasebook.text("change.\(kind.rawValue)", values(phrasebook))]
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
    }
    return values
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
    phrasebook.text(
      "change.cause.\(kind.rawValue)",
      [
        "sender": sender?.name ?? "", "domain": domain ?? "",
        "selector": selector ?? phrasebook.text("change.no-selector"),
        "since": record?.day(since, phrasebook) ?? since.map { phrasebook.text("change.since", ["day": "\($0)"]) }
          ?? phrasebook.text("change.since-unknown"),
        "difference": record?.text(phrasebook) ?? "",
      ])
  }
}

extension RecordDifference {
  /// `lost include:_spf.example; gained ip4:192.0.2.1`.
  package func text(_ phrasebook: Phrasebook) -> String {
    let parts = [("change.lost", lost), ("change.gained", gained)].filter { !$0.1.isEmpty }
    return parts.map { code, terms in
      let shown = terms.prefix(Self.mostTerms).joined(separator: " ")
      return phrasebook.text(code, ["terms": terms.count > Self.mostTerms ? shown + " …" : shown])
    }.joined(separator: "; ")
  }

  private static var mostTerms: Int { 6 }

  /// The day of the change, or the days between which it lies.
  func day(_ since: CalendarDay?, _ phrasebook: Phrasebook) -> String {
    guard let since else { return phrasebook.text("change.since-unknown") }
    guard let lastBefore, lastBefore.advanced(by: 1) < since else {
      return phrasebook.text("change.since", ["day": "\(since)"])
    }
    return phrasebook.text("change.between", ["first": "\(lastBefore)", "last": "\(since)"])
  }
}
