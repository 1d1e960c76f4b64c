import DMARC
import Store
import Verdict

/// What the rules about the present state see: whether reports arrive, can be read and can be stored.
struct IntakeSightings {
  private let facts: IntakeFacts
  private let settings: AlertSettings
  private let today: CalendarDay
  /// Epoch seconds.
  private let now: Int64

  /// Seconds for which rejected inputs count.
  static let rejectedSpan: Int64 = 7 * 86_400
  /// Days with reports that show how often they come.
  private static let fewestDays = 7

  init(_ facts: IntakeFacts, _ settings: AlertSettings, today: CalendarDay, now: Int64) {
    (self.facts, self.settings, self.today, self.now) = (facts, settings, today, now)
  }

  /// Records the current problems in a book, and ends the matters of problems that are gone.
  /// - Parameter days: the days with reports of the last weeks; nil if they were not read.
  func enter(_ book: inout MatterBook, days: [Int64]?) {
    book.take([silence(days), disk, rejected, conflicts].compactMap(\.self) + troubles)
    let arrival = facts.newestArrival.map { CalendarDay(epoch: $0) } ?? today
    let isSilent = book.entries.contains {
      $0.matter.rule == .noReports && $0.matter.isOpen && arrival < $0.matter.since
    }
    settle(&book, .noReports, isSilent ? [""] : [], ["day": "\(arrival)"])
    settle(&book, .intake, Set(facts.notices.map(\.notice.scope)), [:])
    // Twice the threshold, so that it does not end and begin with each report.
    let enough = settings.threshold(.disk).map { $0.multipliedClamped(by: 2) } ?? 0
    settle(&book, .disk, facts.freeMebibytes.map { $0 < enough } ?? false ? [""] : [], [:])
    // Half of the threshold, so that it does not end and begin with each input.
    let least = settings.threshold(.rejected) ?? .max
    settle(&book, .rejected, facts.rejected >= max(1, least / 2) ? [""] : [], [:])
    settle(&book, .conflicts, facts.conflicts > 0 ? [""] : [], [:])
  }

  private func settle(_ book: inout MatterBook, _ rule: AlertRule, _ seen: Set<String>, _ values: [String: String]) {
    book.settle(rule, seen: seen) { matter in
      let name = Self.name(ofScope: matter.subject)
      return .over(
        rule, subject: matter.subject, since: max(today, matter.since.advanced(by: 1)),
        values: values.merging(["name": name]) { first, _ in first })
    }
  }

  /// A pause that is longer than the threshold, and than the pauses between the days with reports explain.
  private func silence(_ days: [Int64]?) -> Sighting? {
    guard let days, days.count >= Self.fewestDays, let least = settings.threshold(.noReports),
      let arrival = facts.newestArrival.map({ CalendarDay(epoch: $0) })
    else { return nil }
    let pause = zip(days.dropFirst(), days).map { $0.subtractingClamped($1) }.max() ?? 1
    let silent = today.number.subtractingClamped(arrival.number)
    guard silent >= least.addingClamped(max(0, pause - 1)) else { return nil }
    return .state(
      .noReports, since: arrival.advanced(by: 1), severity: .high, values: ["days": "\(silent)", "day": "\(arrival)"],
      nextStep: ShellCommand(["dmarcstat", "ingest"]))
  }

  /// New reports and verdicts need space; without any, alerts cannot be stored either.
  private var disk: Sighting? {
    guard let least = settings.threshold(.disk), let free = facts.freeMebibytes, free < least else { return nil }
    return .state(
      .disk, since: today, severity: .high, values: ["free": "\(free)"],
      nextStep: ShellCommand(["dmarcstat", "db", "info"]))
  }

  private var troubles: [Sighting] {
    guard let hours = settings.threshold(.intake) else { return [] }
    let lasting = facts.notices.filter { now.subtractingClamped($0.since) >= hours.multipliedClamped(by: 3_600) }
    let scopes = Dictionary(grouping: lasting, by: \.notice.scope)
    return scopes.sorted { $0.key < $1.key }.compactMap { scope, known in
      guard let first = known.min(by: { $0.since < $1.since }) else { return nil }
      let name = Self.name(ofScope: scope)
      return .state(
        .intake, subject: scope, since: CalendarDay(epoch: first.since), severity: .high,
        values: ["name": name, "time": timestamp(first.since), "problem": first.notice.text],
        nextStep: Self.nextStep(scope, name))
    }
  }

  /// `account NAME` or `path PATH` without the first word.
  private static func name(ofScope scope: String) -> String {
    scope.split(separator: " ", maxSplits: 1).last.map(String.init) ?? scope
  }

  private static func nextStep(_ scope: String, _ name: String) -> ShellCommand {
    guard let word = ShellWord(name) else { return ShellCommand(["dmarcstat", "ingest"]) }
    return ShellCommand(
      scope.hasPrefix("account ") ? ["dmarcstat", "accounts", "test", word] : ["dmarcstat", "ingest", word])
  }

  private var rejected: Sighting? {
    guard let least = settings.threshold(.rejected), facts.rejected >= least, let since = facts.rejectedSince else {
      return nil
    }
    return .state(
      .rejected, since: CalendarDay(epoch: since), severity: .medium,
      values: ["count": "\(facts.rejected)", "code": facts.rejectedCode ?? ""],
      nextStep: ShellCommand(["dmarcstat", "rejects"]))
  }

  private var conflicts: Sighting? {
    guard let least = settings.threshold(.conflicts), facts.conflicts >= least, let since = facts.conflictsSince else {
      return nil
    }
    return .state(
      .conflicts, since: CalendarDay(epoch: since), severity: .medium, values: ["count": "\(facts.conflicts)"],
      nextStep: ShellCommand(["dmarcstat", "conflicts", "list"]))
  }
}
