import DMARC
import Seeds

@testable import Verdict

/// A year of mail whose events are known: what happens each day, so that any two periods can be compared.
struct SimulatedYear {
  static let firstDay = calendar(1, 1).number
  static let length: Int64 = 365

  private static func calendar(_ month: Int, _ day: Int) -> CalendarDay {
    CalendarDay(year: 2026, month: month, day: day) ?? .last
  }

  /// A sender with its daily messages and how they are authenticated.
  struct Sender {
    var identity: SenderIdentity
    var perDay: Double
    var selector: String?
    var envelope = "example.com"
    var passesSPF = true
    var first: Int64 = 0
    var last: Int64 = SimulatedYear.length
    /// Days on which the key does not verify, and on which SPF does not pass.
    var brokenKey: Range<Int64> = 0..<0
    var brokenSPF: Range<Int64> = 0..<0
    /// Messages that pass as themselves only.
    var isMisaligned = false
    var isSteadyOnWeekends = false
  }

  var domain: String
  var senders: [Sender]
  /// Spoofed messages by day, beside the background.
  var spoofed: [Int64: Int64] = [:]
  var background = 0.0
  var volume: (Int64) -> Double = { _ in 1 }
  var records: [RecordChange] = []
  var reporters = ["alpha", "beta", "gamma", "delta"]
  /// Days on which reporters send reports.
  var reporterDays: [Int: Range<Int64>] = [:]
  /// Days without any report.
  var missing: Set<Int64> = []
  var seed: String

  init(domain: String, senders: [Sender], seed: String) {
    (self.domain, self.senders, self.seed) = (domain, senders, seed)
  }

  static func day(_ month: Int, _ day: Int) -> Int64 {
    calendar(month, day).number - firstDay
  }

  /// A factor for the day: little at weekends, little around Christmas, some growth, and chance in bursts.
  private func rhythm(_ day: Int64, _ sender: Sender, _ random: inout Seeded) -> Double {
    let weekday = (Self.firstDay + day + 4) % 7
    let isWeekend = weekday == 0 || weekday == 6
    let isHoliday = day < 4 || day >= Self.day(12, 24) || (Self.day(5, 1)...Self.day(5, 5)).contains(day)
    let calm = sender.isSteadyOnWeekends ? 1 : isHoliday ? 0.15 : isWeekend ? 0.25 : 1
    return calm * (1 + Double(day) / 365 * 0.6) * Double.random(in: 0.6...1.5, using: &random) * volume(day)
  }

  /// Everything in two periods.
  func activity(_ periods: ChangePeriods) -> (DomainActivity, [ReporterActivity]) {
    var random = Seeded("year \(seed)")
    var activity = DomainActivity(domain: domain)
    var parts: [Int: [MailPart.Shape: [DayMessages]]] = [:]
    var reported = [[DayMessages]](repeating: [], count: reporters.count)
    for day in 0..<Self.length {
      let number = Self.firstDay + day
      let isAsked =
        !missing.contains(day)
        && (periods.history.contains(CalendarDay(number: number)) || periods.now.contains(CalendarDay(number: number)))
      func add(_ mail: MailClass, _ messages: Int64, _ reporter: Int) {
        guard isAsked, messages > 0 else { return }
        let part = DayMessages(day: number, reporter: reporter, messages: messages)
        activity.messages[mail, default: []].append(part)
        reported[reporter].append(part)
      }
      for reporter in reporters.indices {
        let isSending = reporterDays[reporter]?.contains(day) ?? true
        let share = [0.5, 0.25, 0.15, 0.1][reporter % 4]
        for (index, sender) in senders.enumerated() {
          // Random numbers are drawn whether or not they are needed, so that each day is the same in any question.
          let messages = Int64(clampedRounding: sender.perDay * share * rhythm(day, sender, &random))
          let strays = Int64(clampedRounding: Double(messages) * Double.random(in: 0...0.03, using: &random))
          guard isSending, (sender.first..<sender.last).contains(day), isAsked else { continue }
          let key = sender.selector.map { ($0, !sender.brokenKey.contains(day)) }
          let spf = sender.passesSPF && !sender.brokenSPF.contains(day)
          for (count, isStray) in [(messages - strays, false), (strays, true)] where count > 0 {
            let passesKey = key.map { $0.1 && !isStray } ?? false
            let passes = !sender.isMisaligned && (passesKey || (spf && !isStray))
            let mail: MailClass = passes ? .passing : .failing
            let shape = MailPart.Shape(
              mail: mail, keys: key.map { [.init(domain: domain, selector: $0.0, passes: passesKey)] } ?? [],
              envelope: sender.envelope, passesSPF: spf)
            parts[index, default: [:]][shape, default: []].append(
              DayMessages(day: number, reporter: 0, messages: count))
            add(mail, count, reporter)
          }
        }
        let noise = background * Double.random(in: 0...2, using: &random) * share
        if isSending {
          add(.unknown, Int64(clampedRounding: Double(spoofed[day] ?? 0) * share + noise), reporter)
          add(.other, Int64.random(in: 0...3, using: &random), reporter)
        }
      }
    }
    activity.senders = parts.sorted { $0.key < $1.key }.map { index, shapes in
      SenderActivity(
        senders[index].identity,
        parts: shapes.map {
          MailPart(mail: $0.mail, keys: $0.keys, envelope: $0.envelope, passesSPF: $0.passesSPF, days: $1)
        }, address: IPAddress("192.0.2.\(index + 1)"))
    }
    activity.records = records
    activity.reporterNames = Dictionary(uniqueKeysWithValues: reporters.enumerated().map { ($0, $1) })
    return (activity, zip(reporters, reported).map { ReporterActivity(name: $0, days: $1) })
  }

  /// What the answers say, asked once each month.
  func monthly() -> [(month: Int, changes: [Change])] {
    (2...12).map { month in (month, changes(Self.month(month), before: Self.month(month - 1))) }
  }

  static func month(_ month: Int) -> ClosedRange<CalendarDay> {
    let first = calendar(month, 1)
    return first...first.advanced(by: Int64(CalendarDay.length(year: 2026, month: month)) - 1)
  }

  func changes(_ now: ClosedRange<CalendarDay>, before: ClosedRange<CalendarDay>) -> [Change] {
    let periods = ChangePeriods(before: before, now: now)
    var (activity, reporters) = activity(periods)
    let timeline = Timeline(periods, covered: Set(reporters.flatMap { $0.days.map(\.day) }))
    activity.steadyReporters = Set(reporters.indices.filter { reporters[$0].isSteady(timeline) })
    var list = ChangeList()
    for change in activity.changes(timeline) + reporters.flatMap({ $0.changes(timeline) }) { list.add(change) }
    list.sort()
    return list.changes
  }
}

extension MailPart {
  /// What the messages of a part have in common.
  struct Shape: Hashable {
    var mail: MailClass
    var keys: [MailPart.Key]
    var envelope: String?
    var passesSPF: Bool
  }
}
