import DMARC

extension Change {
  /// The rule that tells of it, and whether it ends a matter of that rule; nil if it is never told.
  private var alertRule: (rule: AlertRule, isEnd: Bool)? {
    switch kind {
    case .senderNew: (.newSender, false)
    case .senderFails, .passRateFell: (.mailFails, false)
    case .senderPasses, .passRateRose, .senderGone: (.mailFails, true)
    case .keyBroke: (.keyBroke, false)
    case .keyWorks: (.keyBroke, true)
    case .spoofingBegan: (.spoofing, false)
    case .spoofingEnded: (.spoofing, true)
    case .replayBegan: (.replay, false)
    case .replayEnded: (.replay, true)
    case .spfRecord: (.spfRecord, false)
    case .dmarcRecord: (.dmarcRecord, false)
    case .reporterSilent: (.reporterSilent, false)
    case .keyRecord:
      switch record?.step {
      case .disappeared, .revoked, .unusable: (.keyBroke, false)
      case .appeared, .usable: (.keyBroke, true)
      default: nil
      }
    case .reportAuthorisation: record?.step == .disappeared ? (.dmarcRecord, false) : nil
    case .mxRecord, .mtaSTSRecord, .tlsReportRecord: nil
    case .reporterNew, .volumeFell, .volumeRose: nil
    }
  }

  /// The sender that the messages are of.
  private var sender: SenderIdentity? {
    if case .sender(let identity) = subject { return identity }
    let senders = causes.compactMap { $0.kind == .sender || $0.kind == .senderNew ? $0.sender : nil }
    // Spoofers that begin at the same time are among the causes, too.
    return senders.first { $0.basis != .network } ?? senders.first
  }

  /// What the matter is about, within its rule: the same on every day on which it is seen.
  private func alertSubject(_ rule: AlertRule, _ organisation: (String) -> String) -> String {
    let owner = domains.first.map(organisation) ?? ""
    switch subject {
    case .key(let domain, let selector): return "\(domain) \(selector ?? "")"
    case .reporter(let name): return name
    case .sender, .domain:
      switch rule {
      case .spoofing, .replay: return owner
      case .spfRecord, .dmarcRecord:
        let receiver = kind == .reportAuthorisation ? record?.other : nil
        return [record?.domain ?? name, receiver].compactMap(\.self).joined(separator: " ")
      // Addresses come and go: all unknown networks of a time are one matter.
      case .newSender where sender?.basis == .network: return "\(owner) networks"
      default: return sender.map { "\(owner) \($0.basis.rawValue) \($0.name)" } ?? domains.first ?? owner
      }
    }
  }

  /// Matters of other rules that are told as causes of this one.
  private var explained: [String] {
    causes.compactMap { cause in
      switch cause.kind {
      case .keyStopped, .keyRecord: Sighting.name(.keyBroke, "\(cause.domain ?? "") \(cause.selector ?? "")")
      case .spfRecord: cause.record.map { Sighting.name(.spfRecord, $0.domain) }
      case .dmarcRecord: cause.record.map { Sighting.name(.dmarcRecord, $0.domain) }
      default: nil
      }
    }
  }

  /// Whether it is worth telling: what passes, what was declared, and what only one reporter shows is not.
  private var isWorthTelling: Bool {
    if kind == .senderNew {
      guard case .sender(let identity) = subject, identity.basis != .declared else { return false }
      return severity != .low
    }
    return onlyReporter == nil
  }

  /// The sightings in the changes of a run. What began under several domains of one organisation within days is one of them.
  package static func sightings(_ changes: [Change], organisation: (String) -> String) -> [Sighting] {
    var groups: [[Change]] = []
    var positions: [String: [Int]] = [:]
    let ordered = changes.sorted { ($0.noticed, $0.kind.rawValue) < ($1.noticed, $1.kind.rawValue) }
    for change in ordered where change.isWorthTelling {
      guard let (rule, isEnd) = change.alertRule else { continue }
      let key = "\(change.kind.rawValue) \(isEnd) \(change.alertSubject(rule, organisation))"
      let same = positions[key]?.first { position in
        groups[position].contains { $0.day.number.subtractingClamped(change.day.number).magnitude <= 3 }
      }
      if let same {
        groups[same].append(change)
      } else {
        positions[key, default: []].append(groups.count)
        groups.append([change])
      }
    }
    return groups.compactMap { sighting($0, organisation) }
  }

  private var day: CalendarDay { since ?? noticed }

  private static func sighting(_ changes: [Change], _ organisation: (String) -> String) -> Sighting? {
    guard var whole = changes.first, let (rule, isEnd) = whole.alertRule else { return nil }
    for change in changes.dropFirst() { whole.include(change) }
    let hasMoreCauses = whole.keepNearestCauses()
    let subject = whole.alertSubject(rule, organisation)
    var sighting = Sighting(
      rule, isEnd: isEnd, subject: subject,
      places: changes.flatMap { change in
        (change.domains.isEmpty ? [""] : change.domains).map { Sighting.Place(domain: $0, since: change.day) }
      },
      noticed: whole.noticed, severity: whole.severity,
      texts: MatterText.each { phrasebook in
        var text = whole.alertText(rule, isEnd: isEnd, phrasebook)
        if rule == .newSender, changes.count > 1, whole.sender?.basis == .network {
          text.sentences.append(phrasebook.text("alert.new-sender.more", ["count": "\(changes.count - 1)"]))
        }
        if hasMoreCauses { text.sentences.append(phrasebook.text("alert.causes.more")) }
        return text
      })
    sighting.messages = whole.messagesThatCount(rule)
    sighting.sender = whole.sender?.name
    sighting.nextStep = whole.nextStep?.description
    sighting.explains = whole.explained
    sighting.endsAll = whole.kind == .passRateRose && whole.sender == nil
    return sighting
  }

  /// The messages that are compared with the threshold of the rule. For a key that disappeared, they include those that
  /// it had signed before.
  private func messagesThatCount(_ rule: AlertRule) -> Int64? {
    switch kind {
    case .keyRecord: max(messages ?? 0, messagesBefore ?? 0)
    default: rule == .reporterSilent ? messagesBefore : messages
    }
  }

  /// The most causes in an alert.
  private static let mostCauses = 4

  /// Puts causes that are known by a name before lone networks, of which spoofers have any number, and keeps the first.
  /// - Returns: whether others were left out.
  private mutating func keepNearestCauses() -> Bool {
    let isNetwork = { (cause: ChangeCause) in cause.sender?.basis == .network }
    let ordered = causes.filter { !isNetwork($0) } + causes.filter(isNetwork)
    causes = Array(ordered.prefix(Self.mostCauses))
    return ordered.count > causes.count
  }

  private func alertText(_ rule: AlertRule, isEnd: Bool, _ phrasebook: Phrasebook) -> MatterText {
    var code = "alert.\(rule.rawValue).\(isEnd ? "ended" : "begun")"
    var values = values(phrasebook)
    switch rule {
    // A title speaks of the matter, not of an address.
    case .newSender where sender?.basis == .network: code += ".network"
    case .mailFails:
      if let sender, sender.basis != .network {
        values["name"] = sender.name
        code += kind == .senderGone ? ".gone" : ".sender"
      } else if kind == .senderGone {
        code += ".gone-network"
      }
    case .keyBroke where kind == .keyRecord: code += ".record"
    case .dmarcRecord where kind == .reportAuthorisation: code += ".authorisation"
    default: break
    }
    var sentences = sentences(phrasebook)
    switch kind {
    // An alert is about the days of its run, and not about a period that somebody asked for.
    case .spoofingBegan, .spoofingEnded, .replayBegan, .reporterSilent:
      sentences[0] = phrasebook.text(code + ".text", values)
    default: break
    }
    return MatterText(title: phrasebook.text(code, values), sentences: sentences)
  }
}
