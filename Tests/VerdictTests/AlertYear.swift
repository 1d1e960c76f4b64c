import DMARC

@testable import Verdict

/// The matters of a simulated year for somebody who looks every day.
struct AlertYear {
  var settings = AlertSettings()
  var mutes: [AlertMute] = []
  /// Days between two runs.
  var step = 1
  /// Days before reports about a day have come.
  var delay: Int64 = 1
  private(set) var entries: [MatterBook.Entry] = []
  /// What was told: the day of the year, and the title.
  private(set) var told: [(day: Int64, title: String)] = []
  private var firstRun: Int64?

  private let whole: (activity: DomainActivity, reporters: [ReporterActivity])

  init(_ year: SimulatedYear) {
    let first = CalendarDay(number: SimulatedYear.firstDay)
    // Days that a timeline does not have are left out, so that the year is made only once.
    whole = year.activity(
      ChangePeriods(before: first...first, now: first.advanced(by: 1)...first.advanced(by: SimulatedYear.length)))
  }

  /// Looks on each day of a range.
  mutating func run(_ days: Range<Int64>) {
    for day in stride(from: days.lowerBound, to: days.upperBound, by: step) { look(on: day) }
  }

  mutating func look(on day: Int64) {
    let today = CalendarDay(number: SimulatedYear.firstDay + day)
    firstRun = firstRun ?? day
    let isQuiet = settings.isQuietAtFirst && firstRun == day
    var book = MatterBook(entries, settings, mutes: mutes, today: today) { _ in isQuiet }
    book.take(sightings(until: today.advanced(by: -delay)))
    for (index, isEnd) in book.decide() {
      told.append((day, book.entries[index].matter.text(isEnd: isEnd, .english).title))
      book.note(toldOf: index)
    }
    entries = book.entries
  }

  private func sightings(until newest: CalendarDay) -> [Sighting] {
    let periods = AlertPeriods(newest: newest).periods
    var (activity, reporters) = whole
    let timeline = Timeline(periods, covered: Set(reporters.flatMap { $0.days.map(\.day) }))
    activity.steadyReporters = Set(reporters.indices.filter { reporters[$0].isSteady(timeline) })
    let changes = activity.changes(timeline) + reporters.flatMap { $0.changes(timeline) }
    return Change.sightings(changes) { _ in "example.com" }
  }

  /// The titles in order.
  var titles: [String] { told.map(\.title) }
}
