import DMARC
import Store
import Verdict

/// Turns what the store holds about each policy domain into what changes are found in.
final class ChangeReading {
  private let reader: ActivityReader
  private let reports: [ReporterDays]
  private let timeline: Timeline
  private let names: [Int: String]
  private let steady: Set<Int>
  private var identities: SenderIdentities
  /// Messages of each reporter by day.
  private var messages: [Int64: [Int64: Int64]] = [:]
  /// Some sources of each sender of the last domain.
  private var sources: [SenderIdentity: Set<Int64>] = [:]
  /// The most of them.
  private static let mostSources = 32

  init(_ reader: ActivityReader, _ reports: [ReporterDays], _ timeline: Timeline, _ context: ClassificationContext) {
    self.reader = reader
    self.reports = reports
    self.timeline = timeline
    names = Dictionary(reports.map { (Self.number($0.id), $0.name) }) { first, _ in first }
    steady = Set(reports.lazy.filter { ReporterActivity($0).isSteady(timeline) }.map { Self.number($0.id) })
    identities = SenderIdentities(reader, context)
  }

  private static func number(_ reporter: Int64) -> Int { Int(clamping: reporter) }

  private static func mailClass(_ kind: MailKind) -> MailClass {
    MailClass(
      Verdict(rawValue: kind.verdict), passes: kind.passesDMARC, isEvaluated: kind.isEvaluated,
      isUnknownIP: kind.isUnknownIP)
  }

  private static func selection(_ kind: MailKind) -> FlowSelection {
    switch mailClass(kind) {
    case .passing, .failing: .all
    case .unknown: .repeated
    case .replay, .other: .none
    }
  }

  /// What a sender sent, by outcome.
  private struct Sender {
    var parts: [OutcomeTraits: [MailClass: [Int64: Int64]]] = [:]
    var largest: (address: IPAddress, messages: Int64)?
  }

  /// Everything about a policy domain but its records and keys.
  func activity(ofDomain id: Int64) throws -> DomainActivity {
    var activity = DomainActivity(domain: try reader.name(ofDomain: id))
    (activity.reporterNames, activity.steadyReporters) = (names, steady)
    var senders: [SenderIdentity: Sender] = [:]
    sources = [:]
    identities.begin(domain: activity.domain)
    let kinds = try reader.messages(ofDomain: id, flows: Self.selection) { flow in
      let mail = Self.mailClass(flow.kind)
      guard let found = try identities.find(flow, mail) else { return }
      let sum = flow.days.reduce(Int64(0)) { $0.addingClamped($1.messages) }
      for day in flow.days {
        senders[found.identity, default: Sender()].parts[found.traits, default: [:]][mail, default: [:]][day.day, default: 0]
          .addClamped(day.messages)
      }
      if senders[found.identity]?.largest.map({ $0.messages < sum }) ?? true {
        senders[found.identity]?.largest = (found.address, sum)
      }
      if sources[found.identity]?.count ?? 0 < Self.mostSources { sources[found.identity, default: []].insert(flow.source) }
    }
    for (kind, days) in kinds {
      let mail = Self.mailClass(kind)
      for day in days {
        messages[day.reporter, default: [:]][day.day, default: 0].addClamped(day.messages)
        activity.messages[mail, default: []].append(
          DayMessages(day: day.day, reporter: Self.number(day.reporter), messages: day.messages))
      }
    }
    activity.senders = senders.sorted { $0.key < $1.key }.map { identity, sender in
      SenderActivity(identity, parts: Self.parts(sender), address: sender.largest?.address)
    }
    return activity
  }

  private static func parts(_ sender: Sender) -> [MailPart] {
    sender.parts.flatMap { traits, classes in
      classes.map { mail, days in
        MailPart(
          mail: mail, keys: traits.keys, envelope: traits.envelope, passesSPF: traits.passesSPF,
          days: days.map { DayMessages(day: $0.key, reporter: 0, messages: $0.value) })
      }
    }
  }

  /// What changed for a domain. A sender that was there before both periods is not new.
  func changes(_ activity: DomainActivity) throws -> [Change] {
    let first = min(timeline.periods.history.lowerBound, timeline.periods.now.lowerBound).number
    var known: Set<SenderIdentity> = []
    let changes = activity.changes(timeline)
    for case .sender(let identity) in changes.lazy.filter({ $0.kind == .senderNew }).map(\.subject) {
      let wasThere = try (sources[identity] ?? []).contains { try reader.firstDay(ofSource: $0) ?? first < first }
      if wasThere { known.insert(identity) }
    }
    return changes.filter { change in
      guard case .sender(let identity) = change.subject, change.kind == .senderNew else { return true }
      return !known.contains(identity)
    }
  }

  /// Reporters that came or fell silent.
  var reporterChanges: [Change] {
    reports.flatMap { reporter in
      let days = reporter.days.map { day in
        let count = messages[reporter.id]?[day.day] ?? 0
        return DayMessages(day: day.day, reporter: Self.number(reporter.id), messages: max(1, count))
      }
      return ReporterActivity(name: reporter.name, days: days).changes(timeline)
    }
  }
}

extension ReporterActivity {
  fileprivate init(_ stored: ReporterDays) {
    self.init(name: stored.name, days: stored.days.map { DayMessages(day: $0.day, reporter: 0, messages: $0.messages) })
  }
}
