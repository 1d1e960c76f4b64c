package import Classification
package import DMARC
import Render
package import Settings
package import Verdict

/// The answer of readiness, and what it rests on, in sentences.
package struct ReadinessWords {
  private let domain: DomainName
  private let report: ReadinessReport
  private let figures: ReadinessFigures
  private let thresholds: ReadinessThresholds
  private let policy: PublishedPolicy?
  private let days: Int64
  private let isEstimated: Bool
  private let phrasebook: Phrasebook
  private let notReady: String

  /// - Parameters:
  ///   - policy: the record that is published; nil if no report of the domain itself names one.
  ///   - days: the days that reports cover.
  ///   - isEstimated: whether the numbers rest on reports over several days.
  ///   - notReady: the code of the sentence for "no", which says where the fixes are.
  package init(
    domain: DomainName, report: ReadinessReport, figures: ReadinessFigures, thresholds: ReadinessThresholds,
    policy: PublishedPolicy?, days: Int64, isEstimated: Bool, phrasebook: Phrasebook,
    notReady: String = "readiness.not-ready"
  ) {
    (self.domain, self.report, self.figures, self.thresholds) = (domain, report, figures, thresholds)
    (self.policy, self.days, self.isEstimated, self.phrasebook) = (policy, days, isEstimated, phrasebook)
    self.notReady = notReady
  }

  private var answer: ReadinessAnswer { figures.answer(thresholds) }

  private func text(_ messages: Int64) -> String {
    NumberText.tenths(days > 0 ? Double(messages) / Double(days) : 0)
  }

  private func percentage(_ part: Int64) -> String {
    report.messages > 0 ? RuleEngine.percentage(Double(part) / Double(report.messages)) : "0 %"
  }

  /// The sentences.
  package var conclusions: [String] {
    let (yours, undecided, abuse) = (report.messages(.yours), report.messages(.undecided), report.messages(.abuse))
    let unknown = domain.publishable.map { name in
      ShellCommand(["dmarcstat", "unknown-senders", "--domain", ShellWord(name)])
    }
    var values = [
      "command": phrasebook.text(unknown), "yours": text(yours), "passed-on": text(report.messages(.passedOn)),
      "undecided": text(undecided),
      "abuse": text(abuse), "domain": domain.name, "days": "\(days)", "both": text(report.failingIfStrict),
      "adkim": text(report.failingIfStrictDKIM), "aspf": text(report.failingIfStrictSPF),
    ]
    values["share"] = percentage(report.unauthenticated)
    values["not-evaluated"] = "\(report.notEvaluated)"
    values["unknown"] = percentage(report.fromUnknownReporters)
    values["limit"] = RuleEngine.percentage(thresholds.undecidedShare)
    values["undecided-share"] = RuleEngine.percentage(figures.undecidedShare)
    values["reporters"] = "\(figures.reporters)"
    values["least-days"] = "\(thresholds.days)"
    values["more-days"] = "\(max(0, thresholds.days - days))"
    values["least-reporters"] = "\(thresholds.reporters)"
    let doubts = figures.doubts(thresholds)
    var codes = [answer == .yes ? "ready" : answer == .no ? "not-ready" : "cannot-tell"]
    codes += doubts.map { "doubt-\($0.rawValue)" }
    if undecided > 0, !doubts.contains(.undecided) { codes.append("undecided") }
    if abuse > 0 { codes.append("abuse") }
    codes.append(report.failingIfStrict == 0 ? "strict-none" : "strict-some")
    if report.unauthenticated > 0 || report.fromUnknownReporters > 0 { codes.append("unauthenticated") }
    if days < 20, !doubts.contains(.fewDays) { codes.append("little") }
    if isEstimated { codes.append("estimated") }
    if report.notEvaluated > 0 { codes.append("not-evaluated") }
    if let policy {
      codes.append("record-\(policy.source.rawValue)")
      codes.append("step-\(answer == .yes ? policy.next(after: answer).step.rawValue : "wait")")
    }
    return codes.map { phrasebook.text($0 == "not-ready" ? notReady : "readiness.\($0)", values) }
  }
}
