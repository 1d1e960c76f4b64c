package import DMARC

/// What stored reports say about the mail of a domain.
package struct DomainUse: Sendable, Hashable {
  /// An include of the SPF record.
  package struct Include: Sendable, Hashable {
    /// The included domain.
    package var name: String
    /// Messages that pass SPF through it, and those of them that would fail DMARC without it.
    package var messages, onlySPF: Int64
    /// The largest senders of the latter, which would be lost without it.
    package var senders: [String]

    /// Creates the use of an include.
    package init(name: String, messages: Int64, onlySPF: Int64, senders: [String] = []) {
      (self.name, self.messages, self.onlySPF, self.senders) = (name, messages, onlySPF, senders)
    }
  }

  /// A DKIM key.
  package struct Selector: Sendable, Hashable {
    /// The signing domain, in lower case, and the selector.
    package var domain, selector: String
    /// Messages with a signature that verified, and the last day of one.
    package var messages: Int64
    package var lastDay: CalendarDay?
    /// Messages with a signature that did not.
    package var failed: Int64

    /// Creates the use of a key.
    package init(domain: String, selector: String, messages: Int64 = 0, lastDay: CalendarDay? = nil, failed: Int64 = 0)
    {
      (self.domain, self.selector) = (domain, selector)
      (self.messages, self.lastDay, self.failed) = (messages, lastDay, failed)
    }
  }

  /// The length of the period that was looked at, in days.
  package var days: Int
  /// Messages in that period, and the days with reports.
  package var messages: Int64
  package var reportedDays: Int64
  /// The includes of the SPF record.
  package var includes: [Include]
  /// The DKIM keys that were used.
  package var selectors: [Selector]

  /// Creates a summary.
  package init(days: Int, messages: Int64, reportedDays: Int64, includes: [Include], selectors: [Selector]) {
    (self.days, self.messages, self.reportedDays) = (days, messages, reportedDays)
    (self.includes, self.selectors) = (includes, selectors)
  }

  /// The fewest days with reports from which it follows that something is not used.
  private static let fewestDays: Int64 = 14

  /// Whether enough was reported to say that something is not used.
  package var isConclusive: Bool { messages > 0 && reportedDays >= Self.fewestDays }
}
