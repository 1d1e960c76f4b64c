package import DMARC

/// A source that needs review, or several that belong together.
package struct UnknownSender: Sendable, Hashable {
  /// The address; for several, their network or the organisation of their host names, or the number of their networks.
  package var source: String
  /// What the line stands for.
  package var form: Form
  /// Distinct addresses.
  package var addresses: Int64
  /// Distinct networks: /24 and /64.
  package var networks: Int64
  /// One of the addresses: the one with the most messages.
  package var address: String
  /// Its rank: volume, spread, days, newness and severity, one step for each doubling.
  package var threat: Int64
  /// Whether it sends on most days of at least a fortnight.
  package var isSteady: Bool
  /// Messages that need review.
  package var messages: Int64
  /// Of those, messages that passed DMARC.
  package var passed: Int64
  /// Of those, quarantined or rejected.
  package var blocked: Int64
  /// Number of reporters.
  package var reporters: Int64
  /// Policy domains.
  package var policyDomains: [String]
  /// From domains.
  package var headerFroms: [String]
  /// Raw SPF results; some may be equal.
  package var spf: [SPFResult]
  /// Verdicts on its flows, as `verdict/subtype`.
  package var verdicts: [String]
  /// Forward-confirmed reverse DNS names.
  package var hosts: [String]
  /// Distinct UTC days with messages that need review.
  package var days: Int64
  /// First UTC day on which it was ever reported, even before the period.
  package var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  package var lastDay: CalendarDay
  /// The pool that a declaration of it would be about.
  package var pool: Pool
  /// The threat before it was rounded, by which lines are ordered; never negative.
  package var rank = 0.0
  /// Where the name of an operator comes from, if lines are operators.
  package var namedBy: [String] = []

  /// What a line stands for. The raw values are printed.
  package enum Form: String, Sendable, Hashable {
    /// One address.
    case address
    /// The addresses of a network.
    case network
    /// Addresses of one operator.
    case operatorPool = "operator"
    /// Addresses that do the same on the same days.
    case campaign
  }

  /// Addresses of one operator or network, with what they sent.
  package struct Pool: Sendable, Hashable {
    /// The addresses with their forward-confirmed host names.
    package var sources: [Source]
    /// The largest parts of the messages.
    package var parts: [Part]

    /// An address of the pool.
    package struct Source: Sendable, Hashable {
      package var address: IPAddress
      package var host: String?
    }

    /// Messages with one outcome and one verdict.
    package struct Part: Sendable, Hashable {
      package var outcome: AuthenticationOutcome
      package var verdict: String
      package var messages: Int64
    }
  }
}

/// The place of a line among the sources that need review, so that the next page can begin after it.
package struct SenderPlace: Sendable, Hashable {
  /// The threat before it was rounded.
  package var threat: Double
  package var messages: Int64
  /// The name of the line, and its address with the most messages.
  package var source, address: String

  /// Creates a place.
  package init(threat: Double, messages: Int64, source: String, address: String) {
    self.threat = threat
    self.messages = messages
    self.source = source
    self.address = address
  }

  /// Whether it comes before another: more threat, more messages, then by name.
  func precedes(_ other: SenderPlace) -> Bool {
    (other.threat, other.messages, source, address) < (threat, messages, other.source, other.address)
  }
}

extension UnknownSender {
  /// The place of the line.
  package var place: SenderPlace {
    SenderPlace(threat: rank, messages: messages, source: source, address: address)
  }
}

/// The sources that need review, the most threatening first.
package struct RankedSenders: Sendable, Hashable {
  /// The lines, up to the limit.
  package var lines: [UnknownSender]
  /// The number of lines beyond the limit, and their messages.
  package var omitted: (lines: Int, messages: Int64) {
    (omittedLines, omittedMessages)
  }
  var omittedLines: Int
  var omittedMessages: Int64
  /// The number of sources that are left out because they were acknowledged.
  package var acknowledged = 0
}

/// How serious a verdict is. The store ranks by it and attaches no meaning to the names.
package struct VerdictSeverity: Sendable, Hashable {
  /// The verdict, as stored.
  package var verdict: String
  /// The subtype, as stored.
  package var subtype: String
  /// Steps from 0; each adds as much to the threat as four times the messages.
  package var severity: Int64
  /// What sources with this verdict do together, and how many of them on one day make it a campaign; nil if each is on its own.
  package var campaign: Campaign?

  /// A kind of campaign.
  package struct Campaign: Sendable, Hashable {
    /// The same for verdicts that occur in one campaign.
    package var name: String
    /// The least number of addresses on a day.
    package var least: Int

    /// Creates a kind of campaign.
    package init(name: String, least: Int) {
      self.name = name
      self.least = least
    }
  }

  /// The severity of a verdict with a subtype.
  package init(verdict: String, subtype: String, severity: Int64, campaign: Campaign? = nil) {
    self.verdict = verdict
    self.subtype = subtype
    self.severity = severity
    self.campaign = campaign
  }
}
