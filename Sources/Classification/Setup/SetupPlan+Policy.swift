import DMARC
import Settings
import Verdict

extension SetupPlan {
  /// The watching step, then one for each stricter policy; none if the record of a parent applies.
  var policySteps: [SetupStep] {
    if isLookedUp, isInherited { return [] }
    let watch = watchStep
    var result = [watch]
    var day = watch.earliest ?? today
    let ladder = self.ladder
    for (rank, step) in [PolicyStep.quarantineTesting, .quarantine, .reject].enumerated() {
      var next = policyStep(step, rank + 1, watch, ladder[step])
      if next.state == .waiting {
        if rank == self.rank, let watched { day = max(day, watched) }
        next.earliest = day
      }
      if next.state != .done { day = day.advanced(by: stage) }
      result.append(next)
    }
    if domain == organisation { result.append(subdomainsStep(watch)) }
    return result
  }

  /// The number of days to watch a policy before the next one: as many as `readiness` requires.
  private var stage: Int64 { min(max(thresholds.days, 1), 366) }

  private var ownRecord: PolicyRecord? { published.discovery.own.flatMap { PolicyRecord(published: $0.text) } }

  /// How strict the published policy is: 0 (none) to 3 (reject). A policy in test mode, or with `pct` below 100, counts
  /// as the step before it.
  private var rank: Int { isLookedUp ? ownRecord.map(Self.rank) ?? 0 : 0 }

  /// The day on which the published policy will have been watched for long enough; nil if there is nothing to wait for.
  private var watched: CalendarDay? {
    guard rank > 0, let mail else { return nil }
    // Reports show a policy only a day or two after it is published.
    if let reported = mail.policy, Self.rank(reported) < rank { return today.advanced(by: stage) }
    return mail.policySince?.advanced(by: stage)
  }

  private static func rank(_ record: PolicyRecord) -> Int {
    let isPartial = record["t"]?.lowercased() == "y" || (record["pct"].flatMap { Int($0) } ?? 100) < 100
    switch record["p"]?.lowercased() {
    case "reject": return isPartial ? 2 : 3
    case "quarantine": return isPartial ? 1 : 2
    default: return 0
    }
  }

  /// The record of each step that is still to come.
  private var ladder: [PolicyStep: PolicyRecord] {
    var result: [PolicyStep: PolicyRecord] = [:]
    var record = PolicyRecord(published: reading.dmarc) ?? PolicyRecord(reported: [])
    for _ in 0..<3 {
      let next = record.next
      guard next.step != .stay else { break }
      result[next.step] = next.record
      record = next.record
    }
    return result
  }

  /// Whether a step before the policies still has to be taken.
  private var isIncomplete: Bool {
    steps.contains { $0.state == .open || $0.state == .wrong }
  }

  // MARK: Watching

  private static let mostStreams = 10

  /// The step that is done once reports show that no mail of the operator's own would be lost.
  private var watchStep: SetupStep {
    var step = SetupStep(.watch, .waiting)
    step.say(.watchNot)
    guard let mail else {
      step.earliest = today.advanced(by: stage)
      step.say(.watchNoStore, ["days": "\(stage)"])
      return step
    }
    let figures = mail.figures
    let values = [
      "days": "\(figures.days)", "reporters": "\(figures.reporters)", "messages": "\(figures.messages)",
      "passed": "\(figures.passed)", "yours": "\(figures.yours)", "undecided": "\(figures.undecided)",
      "passed-on": "\(figures.passedOn)", "abuse": "\(figures.abuse)", "first": "\(mail.period.lowerBound)",
      "last": "\(mail.period.upperBound)", "least": "\(thresholds.days)", "least-reporters": "\(thresholds.reporters)",
    ]
    step.say(.watchFigures, values)
    for stream in mail.streams(.yours).prefix(Self.mostStreams) {
      step.say(
        .lost,
        ["name": stream.name, "messages": "\(stream.messages)", "verdict": stream.verdict, "advice": stream.advice])
    }
    if figures.passedOn > 0 { step.say(.watchPassedOn, values) }
    switch figures.answer(thresholds) {
    case .yes:
      step.state = .done
      step.say(.watchYes, values)
    case .no:
      // If the policy is enforced, this mail is being lost already.
      step.state = rank >= 2 ? .wrong : .open
      step.earliest = today.advanced(by: stage)
      step.say(.watchNo, values)
    case .cannotTell:
      let doubts = figures.doubts(thresholds)
      for doubt in doubts { step.say(.watchDoubt, values.merging(["cause": doubt.rawValue]) { $1 }) }
      let missing = doubts.contains(.fewDays) ? max(1, stage - min(figures.days, stage)) : stage
      step.earliest = today.advanced(by: missing)
    }
    return step
  }

  // MARK: Stricter

  private func policyStep(_ step: PolicyStep, _ number: Int, _ watch: SetupStep, _ record: PolicyRecord?) -> SetupStep {
    let (kind, code): (SetupStep.Kind, SetupSentence.Code) =
      switch step {
      case .quarantineTesting: (.quarantineTesting, .policyTesting)
      case .quarantine: (.quarantine, .policyQuarantine)
      case .reject, .stay: (.reject, .policyReject)
      }
    var result = SetupStep(kind, isLookedUp ? .waiting : .unknown)
    if isLookedUp, rank >= number {
      result.state = .done
      return result
    }
    result.records = record.map { policy($0.text) } ?? []
    result.say(code, ["domain": domain.name])
    if rank == number - 1, watch.state == .done, !isIncomplete, watched.map({ $0 <= today }) ?? true, isLookedUp {
      result.state = .open
    } else {
      result.say(rank == number - 1 ? .policyCondition : .policyBefore, ["domain": domain.name, "days": "\(stage)"])
    }
    return result
  }

  // MARK: Subdomains

  private func subdomainsStep(_ watch: SetupStep) -> SetupStep {
    var step = SetupStep(.subdomains, isLookedUp ? .waiting : .unknown)
    let record = ownRecord
    let policies = ["sp": record?["sp"], "np": record?["np"]].compactMapValues { $0?.lowercased() }
      .filter { $0.value != "reject" }.sorted { $0.key > $1.key }
    guard !policies.isEmpty else {
      step.say(.subdomainsFollow, ["domain": domain.name])
      step.say(.subdomainsOwn)
      if isLookedUp, rank == 3 { step.state = .done }
      return step
    }
    let tags = policies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
    step.say(.subdomainsWeaker, ["tags": tags])
    if let last = ladder[.reject] ?? record { step.records = policy(last.withoutSubdomainPolicies.text) }
    if isLookedUp, rank == 3, watch.state == .done { step.state = .open }
    step.findings = findings("dmarc-") { [.dmarcSPWeaker, .dmarcNPWeaker].contains($0.code) && rank == 3 }
    return step
  }
}
