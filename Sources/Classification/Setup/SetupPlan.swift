package import DMARC
package import Settings
package import Verdict

/// The steps that take a domain to p=reject, or make sure that nobody can send for it, each with what to do and its
/// state. A pure function of what the operator says, what is published and what reports show.
package struct SetupPlan: Sendable {
  let answers: SetupAnswers
  let reading: SetupReading
  /// Whether the published records were looked up, and every question was answered.
  let isLookedUp: Bool
  let mail: SetupMail?
  let today: CalendarDay
  let thresholds: ReadinessThresholds
  let organisation: DomainName
  /// The steps, in the order in which to take them.
  package private(set) var steps: [SetupStep] = []

  /// The domain.
  package var domain: DomainName { answers.domain }

  /// - Parameters:
  ///   - isLookedUp: whether the published records were looked up.
  ///   - mail: what reports show; nil if there are none.
  ///   - today: the day of the plan.
  package init(
    _ answers: SetupAnswers, _ reading: SetupReading, isLookedUp: Bool, mail: SetupMail?, today: CalendarDay,
    thresholds: ReadinessThresholds, organisations: Organisations
  ) {
    (self.answers, self.reading, self.mail, self.today) = (answers, reading, mail, today)
    (self.thresholds, organisation) = (thresholds, organisations.domain(of: answers.domain) ?? answers.domain)
    self.isLookedUp = isLookedUp && reading.published.unanswered.isEmpty
    if answers.sendsMail {
      steps = [sendersStep, reportsStep, spfStep] + keySteps + serviceSteps + [dmarcStep]
      steps += policySteps
    } else {
      steps = parkedSteps
    }
  }

  /// Whether the domain sends mail.
  package var sendsMail: Bool { answers.sendsMail }
  /// The zone of its records, assumed to be the organisational domain.
  package var zone: DomainName { organisation }
  /// The number of DNS lookups that the planned SPF record needs (RFC 7208 §4.6.4).
  package var lookUps: Int { reading.planned.spf.root.cost }

  /// The step to take now; nil if there is nothing to do, or only to wait.
  package var next: SetupStep? { steps.first { $0.state == .wrong } ?? steps.first { $0.state == .open } }

  // MARK: Shared by all steps

  var published: DomainCheck { reading.published }

  /// Findings about the published records whose codes have a prefix.
  func findings(_ prefix: String, _ isIncluded: (RecordFinding) -> Bool = { _ in true }) -> [RecordFinding] {
    guard isLookedUp else { return [] }
    return published.findings.filter { $0.code.rawValue.hasPrefix(prefix) && isIncluded($0) }
  }

  /// The state of a record: wrong if it has an error, done if it is as planned.
  func state(isThere: Bool, isAsPlanned: Bool, _ findings: [RecordFinding]) -> SetupStep.State {
    guard isLookedUp else { return .unknown }
    guard isThere else { return .open }
    if findings.contains(where: { $0.severity == .error }) { return .wrong }
    return isAsPlanned ? .done : .open
  }

  /// A TXT record at the domain itself.
  func record(_ text: String) -> [ProposedRecord] {
    domain.publishable.map { [ProposedRecord(RecordOwner($0), text)] } ?? []
  }

  /// A DMARC record of the domain.
  func policy(_ text: String) -> [ProposedRecord] {
    domain.publishable.flatMap { RecordOwner(policyOf: $0) }.map { [ProposedRecord($0, text)] } ?? []
  }
}
