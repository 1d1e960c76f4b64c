package import DMARC
package import Store
package import Verdict

/// What a month of reports says about some policy domains, for a person who decides. All counts are messages unless stated otherwise.
///
/// It holds values and the sentences of verdicts; the texts around them belong to the page.
package struct Review {
  /// The days of the month.
  package var days: PeriodDays
  /// Whether the month is over, so that only late reports are missing.
  package var isOver: Bool
  /// All chosen domains, those first that need a decision most.
  package var lines: [DomainLine]
  /// What changed since the month before; nil if there is none.
  package var changes: ChangeAnswer?
  /// The course of all of them together.
  package var trend: Trend
  /// The domains that have a section of their own.
  package var sections: [DomainReview]
  /// The reporters of all chosen domains.
  package var reporters: [ReporterCoverage]
  /// What happened to reports when they were read.
  package var intake: IntakeSummary
  /// The newest inputs that could not be read, and their number. The number is nil in a review of selected domains, whose readers must
  /// not learn about other domains.
  package var rejected: [RejectedInput]
  package var rejectedCount: Int?
  /// The matters of the month that were reported or held back, including those that began before it and continued into
  /// it; the oldest first.
  package var matters: [Matter]

  /// Whether there were reports for most of the month before, so that its sums can be compared.
  package var isComparable: Bool

  /// The sums of all domains. Those of the month before include domains without messages in this one.
  package var total: DomainLine {
    var total = lines.dropFirst().reduce(lines.first ?? DomainLine(domain: "")) { $0.adding($1) }
    if isComparable, let before = trend.months.dropLast().last {
      total.before =
        before.sum.map {
          DomainLine.Sum(messages: $0.messages, passed: $0.passed, notEvaluated: $0.notEvaluated)
        } ?? DomainLine.Sum()
    }
    return total
  }
}

/// The sums of one policy domain.
package struct DomainLine: Sendable, Hashable {
  /// Messages of a period.
  package struct Sum: Sendable, Hashable {
    package var messages: Int64 = 0
    package var passed: Int64 = 0
    package var notEvaluated: Int64 = 0

    package init(messages: Int64 = 0, passed: Int64 = 0, notEvaluated: Int64 = 0) {
      (self.messages, self.passed, self.notEvaluated) = (messages, passed, notEvaluated)
    }

    /// Share of the evaluated messages that passed, 0...1; nil if there were none.
    package var passRate: Double? {
      messages > notEvaluated ? Double(passed) / Double(messages - notEvaluated) : nil
    }

    fileprivate func adding(_ other: Sum) -> Sum {
      Sum(
        messages: messages.addingClamped(other.messages), passed: passed.addingClamped(other.passed),
        notEvaluated: notEvaluated.addingClamped(other.notEvaluated))
    }
  }

  /// The policy domain.
  package var domain: String
  /// The month, and the one before.
  package var now = Sum()
  package var before = Sum()
  /// Messages by what they mean.
  package var classes: [MessageClass: Int64] = [:]
  /// Of the unknown ones, those that need review and were neither quarantined nor rejected.
  package var toReview: Int64 = 0
  /// The published policy, as `p=reject sp=none`; empty if it is not known.
  package var policy = ""

  package init(domain: String) { self.domain = domain }

  /// By which much the pass rate rose, in shares; nil unless both months have messages.
  package var change: Double? {
    guard let rate = now.passRate, let earlier = before.passRate else { return nil }
    return rate - earlier
  }

  /// Messages that somebody should decide about: own ones that fail, and those from unknown senders that nothing stops.
  package var toDecide: Int64 { (classes[.failing] ?? 0).addingClamped(toReview) }

  fileprivate func adding(_ other: DomainLine) -> DomainLine {
    var sum = self
    sum.now = now.adding(other.now)
    sum.before = before.adding(other.before)
    sum.classes.merge(other.classes) { $0.addingClamped($1) }
    sum.toReview.addClamped(other.toReview)
    return sum
  }
}

/// How the messages of a month, and the pass rate of a year, developed.
package struct Trend {
  /// Messages by class, at the positions of the days.
  package var classes: [MessageClass: [Double]]
  /// Positions of the days that reports cover, and of those whose numbers are estimated.
  package var reported, estimated: Set<Int>
  /// Thirteen months, the reviewed one last; nil for a month without messages.
  package var months: [(start: CalendarDay, sum: MonthSum?)]
}

/// The part of a review about one policy domain.
package struct DomainReview {
  package var line: DomainLine
  /// What changed since the month before, the most urgent first.
  package var changes: [Change]
  package var trend: Trend
  /// What must be decided, the most urgent first.
  package var decisions: [Decision]
  /// What needs no decision, because it is stopped or too small.
  package var settled: Settled
  /// Senders by group, those with the most messages first.
  package var senders: [SenderClass: [SenderGroup]]
  package var readiness: Readiness
  package var reporters: [ReporterCoverage]

  /// Whether a stricter policy can be published.
  package struct Readiness {
    package var report: ReadinessReport
    package var figures: ReadinessFigures
    package var answer: ReadinessAnswer
    /// The record that is published; nil if no report of the domain itself names one.
    package var policy: PublishedPolicy?
    /// Days that reports cover, and whether some cover several.
    package var days: Int64
    package var isEstimated: Bool
  }

  /// Senders about whom there is nothing to decide.
  package struct Settled: Sendable, Hashable {
    /// Campaigns, with their addresses and messages.
    package var campaigns = 0
    package var campaignAddresses: Int64 = 0
    package var campaignMessages: Int64 = 0
    /// Other senders with few messages, or all of whose messages were stopped.
    package var others = 0
    package var otherMessages: Int64 = 0
  }
}

/// Something that a person must decide, with what speaks for and against it.
package struct Decision {
  /// What it is about.
  package enum Subject {
    /// A sender of the domain whose messages fail.
    case failing(name: String, addresses: Int)
    /// A sender that may be the domain's own or not.
    case unknown(name: String, form: UnknownSender.Form, addresses: Int64)
    /// A DKIM key whose signatures do not verify.
    case key(BrokenKey)
    /// A stricter policy that can be published.
    case policy(PolicyStep)
  }

  package var subject: Subject
  /// Messages.
  package var messages: Int64
  /// The verdict in words; empty if there is none.
  package var meaning = ""
  /// What speaks for it, and against it.
  package var evidence: [String] = []
  package var against: [String] = []
  /// What to do, as a sentence.
  package var advice = ""
  /// Commands to run and lines of a zone file to publish.
  package var commands: [String] = []
  package var records: [String] = []
  /// The command that explains the verdict; nil if there is none.
  package var explain: ShellCommand?
}
