package import DMARC

/// Something that somebody is told about, from its beginning to its end.
package struct Matter: Sendable, Hashable, Codable {
  /// A policy domain that it concerns. Days are counted from 1970-01-01.
  package struct Place: Sendable, Hashable, Codable {
    package var domain: String
    package var since: Int64
    /// The first day on which it was over; nil while it goes on.
    package var ended: Int64?
  }

  /// Whether it was told. The raw values are stored and printed.
  package enum Telling: String, Sendable, Hashable, Codable, CaseIterable {
    /// It is told as soon as the sink has taken it.
    case pending
    case told
    /// It was already so when alerts were first looked for, or when reports about the domain first came.
    case known
    /// Its days are long past.
    case late
    case muted
    /// Enough was told on that day.
    case held
    /// It began again soon after its end; told if it stays.
    case brief
    /// It was over before it was told, or nobody wants to know.
    case silent
  }

  /// What is said at the beginning or the end.
  package struct News: Sendable, Hashable, Codable {
    package var telling: Telling
    /// The day on which that was decided.
    package var day: Int64
    package var texts: [String: MatterText]
  }

  package var rule: AlertRule
  package var subject: String
  package var severity: Change.Severity
  package var places: [Place]
  package var noticed: Int64
  package var messages: Int64?
  package var sender: String?
  package var nextStep: String?
  package var explains: [String]
  /// How often it began.
  package var occurrence = 1
  package var begun: News
  /// Its end; nil while it goes on.
  package var ended: News?
  /// The day on which somebody acknowledged it, and why nothing is to be done.
  package var acknowledged: Int64?
  package var note: String?

  init(_ sighting: Sighting, telling: Telling, today: CalendarDay) {
    (rule, subject, severity) = (sighting.rule, sighting.subject, sighting.severity)
    places = sighting.places.map { Place(domain: $0.domain, since: $0.since.number) }
    (noticed, messages, sender) = (sighting.noticed.number, sighting.messages, sighting.sender)
    (nextStep, explains) = (sighting.nextStep, sighting.explains)
    begun = News(telling: telling, day: today.number, texts: sighting.texts)
    if !rule.lasts { close() }
  }

  /// Whether it goes on. What happens on one day does not.
  package var isOpen: Bool { rule.lasts && places.contains { $0.ended == nil } }

  /// The first day of it.
  package var since: CalendarDay { CalendarDay(number: places.map(\.since).min() ?? noticed) }

  /// The day since which it is over; nil while it goes on.
  package var endedOn: CalendarDay? {
    isOpen ? nil : places.compactMap(\.ended).max().map { CalendarDay(number: $0) }
  }

  /// The policy domains, sorted; empty if it is about the installation.
  package var domains: [String] { Set(places.map(\.domain)).subtracting([""]).sorted() }

  /// The name within the answers of runs.
  package var name: String { Sighting.name(rule, subject) }

  private mutating func close() {
    for index in places.indices { places[index].ended = places[index].since }
  }
}

extension Change.Severity: Codable {}
