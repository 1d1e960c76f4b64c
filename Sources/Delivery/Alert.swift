package import DMARC

/// Something that somebody is told about once: a matter that began or ended, in the words of one language.
package struct Alert: Sendable, Hashable {
  /// How urgent it is. The raw values are sent to programs, and never change.
  package enum Severity: String, Sendable, Hashable, CaseIterable {
    /// Own messages are lost, or somebody abuses a domain: decide now.
    case high
    /// Somebody should look at it.
    case medium
    /// Good to know, or good news.
    case low
  }

  /// Where in the life of the matter it stands. The raw values are sent to programs, and never change.
  package enum Phase: String, Sendable, Hashable, CaseIterable {
    case begun
    case ended
    /// Not about a matter: it shows that a channel works.
    case test
  }

  /// The matter and its phase; the same for every attempt to deliver it. ASCII letters, digits, `-`, `.` and `:`.
  package var identifier: String
  /// The rule that raised it, such as `key-broke`. ASCII.
  package var kind: String
  package var severity: Severity
  package var phase: Phase
  /// The policy domains concerned, sorted, as A-labels; empty if it is about the installation.
  package var domains: [String]
  /// One line for a subject or a heading: text of reports in it may be hostile, but it has no line break.
  package var title: String
  /// What happened, since when, and why, a sentence or two each; plain text, without line breaks.
  package var sentences: [String]
  /// A command to run next, quoted for a shell; nil if there is none.
  package var nextStep: String?
  /// The first day on which it was so; nil if that is not known.
  package var since: CalendarDay?
  /// The messages it is about; nil if it is not about messages.
  package var messages: Int64?

  /// Creates an alert.
  package init(
    identifier: String, kind: String, severity: Severity, phase: Phase, domains: [String], title: String,
    sentences: [String], nextStep: String? = nil, since: CalendarDay? = nil, messages: Int64? = nil
  ) {
    self.identifier = identifier
    self.kind = kind
    self.severity = severity
    self.phase = phase
    self.domains = domains
    self.title = title
    self.sentences = sentences
    self.nextStep = nextStep
    self.since = since
    self.messages = messages
  }
}
