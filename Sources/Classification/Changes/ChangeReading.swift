import DMARC
import Store
import Verdict

/// Turns what the store holds about each policy domain into what changes are found in.
final class ChangeReading {
  private let reader: ActivityReader
  private let reports: [ReporterDays]
  private let timeline: Timeline
  private let names: [Int: String]
  private let numbers: [Int64: Int]
  private let steady: Set<Int>
  private var identities: SenderIdentities
  /// Messages of each reporter by its number and the position of the day.
  private var messages: [[Int64]]
  /// Some sources of each sender of the last domain.
  private var sources: [SenderIdentity: Set<Int64>] = [:]
  /// The most of them.
  private static let mostSources = 32

  init(_ reader: ActivityReader, _ reports: [ReporterDays], _ timeline: Timeline, _ context: ClassificationContext) {
    self.reader = reader
    self.reports = reports
    self.timeline = timeline
    names = Dictionary(uniqueKeysWithValues: reports.enumerated().map { ($0, $1.name) })
    numbers = Dictionary(reports.enumerated().map { ($1.id, $0) }) { first, _ in first }
    steady = Set(reports.indices.filter { ReporterActivity(reports[$0]).isSteady(timeline) })
    identities = SenderIdentities(reader, context)
    messages = reports.map { _ in [Int64](repeating: 0, count: timeline.days.count) }
  }

  private static func mailClass(_ kind: MailKind) -> MailClass {
    MailClass(
      Verdict(rawValue: kind.verdict), passes: kind.passesDMARC, isEvaluated: kind.isEvaluated,
      isUnknownIP: kind.isUnknownIP)
  }

  private static func selection(_ kind: MailKind) -> FlowSelection {
    switch mailClass(kind) {
    case .passing, .failing: .all
    // Whoever authenticates as itself has a name; of all others, only what stays is a sender.
    case .unknown: kind.verdict == Verdict.misalignedService.rawValue ? .all : .repeated
    case .replay, .other: .none
    }
  }

  /// Everything about a policy domain but its records and keys.
  func activity(ofDomain id: Int64) throws -> DomainActivity {
    var activity = DomainActivity(domain: try reader.name(ofDomain: id))
    (activity.reporterNames, activity.steadyReporters) = (names, steady)
    var senders = SenderSums(timeline)
    identities.begin(domain: activity.domain)
    let kinds = try reader.messages(ofDomain: id, flows: Self.selection) { flow in
      let mail = Self.mailClass(flow.kind)
      if let found = try identities.find(flow, mail) { senders.add(flow, found, mail) }
    }
    for (kind, days) in kinds {
      var parts: [DayMessages] = []
      parts.reserveCapacity(days.count)
      for day in days {
        guard let reporter = numbers[day.reporter], let position = timeline.position(day.day) else { continue }
        messages[reporter][position].addClamped(day.messages)
        parts.append(DayMessages(day: day.day, reporter: reporter, messages: day.messages))
      }
      activity.messages[Self.mailClass(kind), default: []] += parts
    }
    (activity.senders, sources) = senders.activities(identities, most: Self.mostSources)
    return activity
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
    reports.enumerated().flatMap { number, reporter in
      let days = reporter.days.compactMap { day in
        timeline.position(day.day).map { position in
          DayMessages(day: day.day, reporter: number, messages: max(1, messages[number][position]))
        }
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
