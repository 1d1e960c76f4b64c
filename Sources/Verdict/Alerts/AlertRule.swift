/// A rule that raises matters: what somebody is told about. The raw values are printed, are keys of the configuration, and never change.
package enum AlertRule: String, Sendable, Hashable, CaseIterable, Codable {
  /// A sender that was not there before, is not declared, and does not pass.
  case newSender = "new-sender"
  /// Messages of a sender, or own messages of a domain, stopped passing.
  case mailFails = "mail-fails"
  /// Signatures of a key no longer verify.
  case keyBroke = "key-broke"
  /// Unauthenticated messages from unknown sources, in the name of an organisation.
  case spoofing
  /// Copies of signed messages.
  case replay
  /// A published record changed.
  case spfRecord = "spf-record"
  case dmarcRecord = "dmarc-record"
  /// A reporter that reported regularly no longer does.
  case reporterSilent = "reporter-silent"
  /// No report arrives at all.
  case noReports = "no-reports"
  /// A source of reports cannot be read.
  case intake
  /// The disk with the database is nearly full.
  case disk
  /// Inputs were rejected.
  case rejected
  /// Reports of one identity with different rows, without a decision.
  case conflicts

  /// Whether its matters go on until they end. The others happen on one day.
  package var lasts: Bool {
    switch self {
    case .newSender, .spfRecord, .dmarcRecord: false
    default: true
    }
  }

  /// Whether it compares the current state with a threshold. Its matters end when the state is back to normal.
  package var isState: Bool {
    switch self {
    case .noReports, .intake, .disk, .rejected, .conflicts: true
    default: false
    }
  }

  /// Whether it is about the owner's mail, records and reports, and not about what strangers or reporters do.
  var isOwn: Bool {
    switch self {
    case .mailFails, .keyBroke, .spfRecord, .dmarcRecord: true
    case .newSender, .spoofing, .replay, .reporterSilent: false
    case .noReports, .intake, .disk, .rejected, .conflicts: true
    }
  }

  /// Days after its end in which a matter that begins again is the same. Waves come again and again.
  var hysteresis: Int64 { self == .spoofing || self == .replay ? 14 : 7 }

  /// Days that what begins again must last to be told: longer than it takes to see the end of a wave.
  var settling: Int64 { self == .spoofing || self == .replay ? 10 : 3 }

  /// What the threshold counts, as the configuration names it; nil if there is none.
  package var unit: String? {
    switch self {
    case .newSender, .mailFails, .keyBroke, .spoofing, .replay, .reporterSilent: "messages"
    case .noReports: "days"
    case .intake: "hours"
    case .disk: "mebibytes"
    case .rejected: "inputs"
    case .conflicts: "conflicts"
    case .spfRecord, .dmarcRecord: nil
    }
  }

  /// The least number that is worth an alert, unless the configuration says otherwise.
  package var defaultThreshold: Int64 {
    switch self {
    case .newSender, .spoofing, .reporterSilent: 100
    case .mailFails, .replay: 20
    case .keyBroke: 50
    case .noReports: 3
    case .intake: 6
    case .disk: 256
    case .rejected: 10
    case .conflicts: 1
    case .spfRecord, .dmarcRecord: 0
    }
  }
}

/// What the configuration says about alerts.
package struct AlertSettings: Sendable, Hashable {
  /// Rules that are switched off.
  package var off: Set<AlertRule> = []
  /// Thresholds that differ from the default.
  package var thresholds: [AlertRule: Int64] = [:]
  /// The most alerts on a day; the other matters are only listed.
  package var atMost = 5
  /// Whether what is already so when alerts are first looked for is only recorded.
  package var isQuietAtFirst = true
  /// The language of alerts; nil for that of other texts.
  package var language: Language?

  /// The defaults.
  package init() {}

  /// The least number that is worth an alert; nil if the rule is off.
  package func threshold(_ rule: AlertRule) -> Int64? {
    off.contains(rule) ? nil : thresholds[rule] ?? rule.defaultThreshold
  }
}
