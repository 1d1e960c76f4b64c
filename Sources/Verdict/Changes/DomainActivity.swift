package import DMARC

/// Messages on a day, as one reporter says.
package struct DayMessages: Sendable, Hashable {
  /// The UTC day, as days since 1970-01-01.
  package var day: Int64
  /// A number for the reporter.
  package var reporter: Int
  package var messages: Int64

  /// Creates a number of messages.
  package init(day: Int64, reporter: Int, messages: Int64) {
    self.day = day
    self.reporter = reporter
    self.messages = messages
  }
}

/// What messages are to the domain, as far as changes are concerned.
package enum MailClass: Int, Sendable, Hashable, CaseIterable {
  /// Passed DMARC on the direct path.
  case passing
  /// The domain's own, or sent for it, and failed.
  case failing
  /// Failed; nothing says that it is the domain's own.
  case unknown
  /// Copies of signed messages.
  case replay
  /// Forwarded, not evaluated, or an error of the receiver: says nothing about the sender.
  case other

  /// The class of messages with a verdict; nil verdicts are those that have not been judged.
  package init(_ verdict: Verdict?, passes: Bool, isEvaluated: Bool, isUnknownIP: Bool) {
    guard isEvaluated, let verdict else {
      self = isEvaluated && passes ? .passing : .other
      return
    }
    switch verdict {
    case .aligned: self = .passing
    case .dkimReplaySuspected: self = .replay
    case .forwarded, .forwardedModified, .mailingList, .receiverError: self = .other
    case .ownMisconfigured, .subdomainAlignment: self = passes ? .passing : .failing
    case .misalignedService: self = passes ? .passing : isUnknownIP ? .unknown : .failing
    case .unknownUnauthenticated: self = passes ? .passing : .unknown
    }
  }
}

/// The messages of a sender with one outcome.
package struct MailPart: Sendable, Hashable {
  /// A DKIM signature of the domain's organisation.
  package struct Key: Sendable, Hashable {
    package var domain: String
    package var selector: String?
    package var passes: Bool

    /// Creates a result.
    package init(domain: String, selector: String?, passes: Bool) {
      self.domain = domain
      self.selector = selector
      self.passes = passes
    }
  }

  /// What they are to the domain.
  package var mail: MailClass
  /// The aligned signatures.
  package var keys: [Key]
  /// The envelope domain, and whether SPF passes for it and is aligned.
  package var envelope: String?
  package var passesSPF: Bool
  /// Messages by day and reporter.
  package var days: [DayMessages]

  /// Creates a part.
  package init(mail: MailClass, keys: [Key], envelope: String?, passesSPF: Bool, days: [DayMessages]) {
    self.mail = mail
    self.keys = keys
    self.envelope = envelope
    self.passesSPF = passesSPF
    self.days = days
  }
}

/// What a sender sent in the name of a domain in both periods.
package struct SenderActivity: Sendable, Hashable {
  package var identity: SenderIdentity
  package var parts: [MailPart]
  /// The address with the most messages.
  package var address: IPAddress?

  /// Creates an activity.
  package init(_ identity: SenderIdentity, parts: [MailPart], address: IPAddress? = nil) {
    self.identity = identity
    self.parts = parts
    self.address = address
  }
}

/// What was sent in the name of a policy domain in both periods.
package struct DomainActivity: Sendable, Hashable {
  /// The policy domain.
  package var domain: String
  /// All messages, by class.
  package var messages: [MailClass: [DayMessages]] = [:]
  /// Senders of messages that are or may be the domain's own, without sources that only appear on a few days.
  package var senders: [SenderActivity] = []
  /// The names of reporters by their numbers.
  package var reporterNames: [Int: String] = [:]
  /// Reporters that sent reports all the time, whose numbers of messages can be compared; nil for all.
  package var steadyReporters: Set<Int>?
  /// Published records that changed in or shortly before the periods.
  package var records: [RecordChange] = []
  /// Keys that broke or work again, on messages that pass by another identifier.
  package var keys: [KeyChange] = []

  /// Creates an activity without messages.
  package init(domain: String) { self.domain = domain }
}

/// A published record that changed.
package struct RecordChange: Sendable, Hashable {
  package var kind: RecordKind
  package var difference: RecordDifference
  /// The first day with the new record, and the day on which that was certain.
  package var since, noticed: CalendarDay
  /// Whether the record now asks for or allows less than before.
  package var isWeaker: Bool

  /// Creates a change.
  package init(
    _ kind: RecordKind, _ difference: RecordDifference, since: CalendarDay, noticed: CalendarDay, isWeaker: Bool
  ) {
    self.kind = kind
    self.difference = difference
    self.since = since
    self.noticed = noticed
    self.isWeaker = isWeaker
  }
}

/// A key whose signatures stopped verifying, or verify again.
package struct KeyChange: Sendable, Hashable {
  package var domain: String
  package var selector: String?
  /// Whether it is broken now.
  package var isBroken: Bool
  package var since, noticed: CalendarDay
  /// Messages whose signature failed.
  package var messages: Int64

  /// Creates a change.
  package init(
    domain: String, selector: String?, isBroken: Bool, since: CalendarDay, noticed: CalendarDay, messages: Int64
  ) {
    self.domain = domain
    self.selector = selector
    self.isBroken = isBroken
    self.since = since
    self.noticed = noticed
    self.messages = messages
  }
}
