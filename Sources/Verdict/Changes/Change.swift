package import DMARC

/// Something that changed between two periods, once: with the day since when, and the cause if one is known.
package struct Change: Sendable, Hashable {
  /// What happened. The raw values are printed, and never change.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A sender that was not there before, or no longer is.
    case senderNew = "sender-new"
    case senderGone = "sender-gone"
    /// Messages of a sender stopped passing DMARC, or began to pass.
    case senderFails = "sender-fails"
    case senderPasses = "sender-passes"
    /// The share of a domain's own messages that pass.
    case passRateFell = "pass-rate-fell"
    case passRateRose = "pass-rate-rose"
    /// The number of a domain's own messages.
    case volumeFell = "volume-fell"
    case volumeRose = "volume-rose"
    /// Signatures of a key no longer verify, or do again, on messages that pass by another identifier.
    case keyBroke = "key-broke"
    case keyWorks = "key-works"
    /// A published record.
    case spfRecord = "spf-record"
    case dmarcRecord = "dmarc-record"
    case keyRecord = "key-record"
    case mxRecord = "mx-record"
    case mtaSTSRecord = "mta-sts-record"
    case tlsReportRecord = "tls-rpt-record"
    case reportAuthorisation = "report-authorisation"
    /// Unauthenticated messages from unknown sources.
    case spoofingBegan = "spoofing-began"
    case spoofingEnded = "spoofing-ended"
    case replayBegan = "replay-began"
    case replayEnded = "replay-ended"
    /// A reporter with a rhythm of its own.
    case reporterSilent = "reporter-silent"
    case reporterNew = "reporter-new"
  }

  /// What it is about.
  package enum Subject: Sendable, Hashable {
    case sender(SenderIdentity)
    /// A policy domain.
    case domain(String)
    /// A DKIM key: the signing domain, and the selector if reporters name it.
    case key(domain: String, selector: String?)
    case reporter(String)
  }

  /// How urgent it is. The raw values are printed.
  package enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Own messages are lost, or somebody abuses a domain: decide now.
    case high
    /// Somebody should look at it.
    case medium
    /// Good to know, or good news.
    case low

    package static func < (left: Severity, right: Severity) -> Bool { left.order < right.order }
    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  /// What happened.
  package var kind: Kind
  /// What it is about.
  package var subject: Subject
  /// The policy domains that it concerns, sorted; empty if it concerns all that were asked for.
  package var domains: [String]
  /// The first day on which it was so; nil if that lies between two periods that do not follow each other.
  package var since: CalendarDay?
  /// The day with whose reports it was certain. A change belongs to the period that contains this day, and is told once.
  package var noticed: CalendarDay
  /// Messages that it is about, in the period before and in this one; nil if it is not about messages.
  package var messagesBefore, messages: Int64?
  /// The share of messages that passed before and since, 0...1; nil if that did not change.
  package var shareBefore, shareSince: Double?
  /// What else happened to the same messages, or at the same time; the most specific first.
  package var causes: [ChangeCause] = []
  /// How urgent it is.
  package var severity: Severity
  /// The only one of several reporters that shows it, so that it may be the reporter's error; nil if others confirm it.
  package var onlyReporter: String?
  /// Tags or terms of a record that came and went.
  package var record: RecordDifference?
  /// The effect that the change of a record has had on mail.
  package var consequence: RecordConsequence?
  /// An address to begin with; nil if it is not about addresses.
  package var address: IPAddress?

  /// Creates a change.
  package init(
    _ kind: Kind, _ subject: Subject, domains: [String], since: CalendarDay?, noticed: CalendarDay, severity: Severity
  ) {
    self.kind = kind
    self.subject = subject
    self.domains = domains
    self.since = since
    self.noticed = noticed
    self.severity = severity
  }
}

/// Who a sender is: never a lone address, because addresses come and go.
package struct SenderIdentity: Sendable, Hashable, Comparable {
  /// What it is known by, the most certain first. The raw values are printed.
  package enum Basis: String, Sendable, Hashable, CaseIterable {
    /// The name of a known sender.
    case declared
    /// The operator of its hosts in the infrastructure table.
    case operatorName = "operator"
    /// The organisation of its forward-confirmed host names.
    case hosts
    /// The domain of a third-party signature.
    case signer
    /// The network of its addresses.
    case network
  }

  /// What it is known by.
  package let basis: Basis
  /// Its name: text of reports or DNS, which may be hostile.
  package let name: String

  /// Creates an identity.
  package init(_ basis: Basis, _ name: String) {
    self.basis = basis
    self.name = name
  }

  package static func < (left: SenderIdentity, right: SenderIdentity) -> Bool {
    (left.name, left.basis.rawValue) < (right.name, right.basis.rawValue)
  }
}

/// What a published record lost and gained.
package struct RecordDifference: Sendable, Hashable {
  /// What happened to the record. The raw values are printed, and never change.
  package enum Step: String, Sendable, Hashable, CaseIterable {
    /// Its content changed.
    case changed
    case appeared, disappeared
    /// A key was replaced by another one, or revoked.
    case replaced, revoked
    /// Receivers can no longer use it, or can again.
    case unusable, usable
  }

  /// What happened.
  package var step = Step.changed
  /// The domain of the record.
  package var domain: String
  /// Terms or tags that are no longer in it, and those that are new.
  package var lost, gained: [String]
  /// The last day with the old record; nil if it is not known. The change lies between this day and `since`.
  package var lastBefore: CalendarDay?
  /// Reporters that show it; nil if it was looked up in DNS.
  package var reporters: Int?
  /// The selector of a key.
  package var selector: String?
  /// The domain that receives reports; or the owner of the DMARC record that applies now.
  package var other: String?

  /// Creates a difference.
  package init(domain: String, lost: [String], gained: [String], lastBefore: CalendarDay?, reporters: Int?) {
    self.domain = domain
    self.lost = lost
    self.gained = gained
    self.lastBefore = lastBefore
    self.reporters = reporters
  }
}
