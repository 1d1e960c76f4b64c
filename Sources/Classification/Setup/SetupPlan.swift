package import DMARC
package import Settings
package import Verdict

/// The way of a domain to p=reject, or to a domain that nobody can send for: steps in their order, each with what it takes and how far it
/// is. A pure function of what the operator says, what is published and what reports show.
package struct SetupPlan: Sendable {
  let answers: SetupAnswers
  let reading: SetupReading
  /// Whether what is published was looked up.
  let isLookedUp: Bool
  let mail: SetupMail?
  let today: CalendarDay
  let thresholds: ReadinessThresholds
  let organisation: DomainName
  /// The steps in their order.
  package private(set) var steps: [SetupStep] = []

  /// The domain.
  package var domain: DomainName { answers.domain }

  /// - Parameters:
  ///   - isLookedUp: whether what is published was looked up.
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
  /// The zone that its records are in, as far as is known: that of its organisation.
  package var zone: DomainName { organisation }
  /// The DNS lookups that the SPF record of the plan needs.
  package var lookUps: Int { reading.planned.spf.root.cost }

  /// The step to take now; nil if nothing is to be done, or only to be waited for.
  package var next: SetupStep? { steps.first { $0.state == .wrong } ?? steps.first { $0.state == .open } }

  // MARK: What steps have in common

  var published: DomainCheck { reading.published }

  /// The findings of some codes in what is published.
  func findings(_ prefix: String, _ isIncluded: (RecordFinding) -> Bool = { _ in true }) -> [RecordFinding] {
    guard isLookedUp else { return [] }
    return published.findings.filter { $0.code.rawValue.hasPrefix(prefix) && isIncluded($0) }
  }

  /// The state of a record: wrong if there is an error in it, done if it is as planned.
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
