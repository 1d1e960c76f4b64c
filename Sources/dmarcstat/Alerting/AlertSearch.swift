import Classification
import DMARC
import Delivery
import Foundation
import Render
import Settings
import Store
import Verdict

/// Looks for news, and delivers them.
struct AlertSearch {
  private let database: ReportDatabase
  private let configuration: Configuration
  private let language: Language
  /// The day in UTC; nil for that of the clock.
  var today: CalendarDay?

  /// Prepares a search.
  /// - Parameter language: the language that was asked for; nil for that of the configuration.
  init(_ database: ReportDatabase, _ configuration: Configuration, _ language: LanguageOption? = nil) {
    (self.database, self.configuration) = (database, configuration)
    let usual = LanguageOption.ofLocale(ProcessInfo.processInfo.environment)
    self.language =
      language?.chosen ?? configuration.alerts?.language ?? configuration.language ?? usual
  }

  /// What a search found.
  struct Result {
    var alerts: [Alert] = []
    /// Matters that are only listed, because enough was told today.
    var held = 0
  }

  /// Looks for news.
  /// - Parameters:
  ///   - isDry: whether nothing is stored, and the sink is not called.
  ///   - sink: takes the alerts. If it throws, the next run hands them over again, with the same identifiers.
  func run(isDry: Bool = false, sink: ([Alert]) throws -> Void) throws -> Result {
    let now = today.map { $0.number.multipliedClamped(by: 86_400) } ?? Int64(Date().timeIntervalSince1970)
    let context = try ClassificationContext(configuration, database.knownSenders())
    let run = AlertRun(
      database, context, configuration.alerts ?? AlertSettings(), today: today ?? CalendarDay(epoch: now), now: now)
    let findings = try run.run(isDry: isDry) { told in
      try queue(told, now: now)
      try sink(told.map { Alert($0, language) })
    }
    return Result(alerts: findings.told.map { Alert($0, language) }, held: findings.held)
  }

  /// Puts alerts into the outbox, for each recipient in its language. What is there already is not put there again.
  private func queue(_ told: [ToldMatter], now: Int64) throws {
    let composer = DeliveryComposer(configuration.notify, now: now)
    let deliveries = composer.languages(usual: language).flatMap { wanted in
      composer.deliveries(of: told.map { Alert($0, wanted) }, in: wanted, usual: language)
    }
    let added = try database.enqueue(deliveries, now: now)
    if added < deliveries.count, try database.isOutboxFull() {
      throw CommandError(
        message:
          "\(ReportDatabase.mostWaiting) alerts and digests wait, so no more are queued: `dmarcstat outbox` shows why, `dmarcstat outbox drop --all` gives them up",
        status: .incomplete)
    }
  }

  /// The alerts that no recipient of the configuration is told of, so that standard error is.
  func unheard(_ alerts: [Alert]) -> [Alert] {
    let composer = DeliveryComposer(configuration.notify, now: 0)
    return alerts.filter { !composer.hasRecipient(for: $0) }
  }

  /// Looks for news after an ingest, if the configuration asks for it, and delivers them; without a recipient, on standard error.
  static func afterIngest(_ database: ReportDatabase, _ configuration: Configuration) throws {
    if configuration.alerts != nil {
      let search = AlertSearch(database, configuration)
      let result = try search.run { search.tell(search.unheard($0)) }
      search.tell(held: result.held)
    }
    // What could not be delivered before is tried again, even if nothing is looked for any more.
    try OutboxSender.sendDue(database, configuration)
  }

  /// Prints alerts on standard error.
  func tell(_ alerts: [Alert]) { Terminal.complain(lines: alerts.flatMap(lines)) }

  /// Prints alerts on standard output, for those who ask for them.
  func show(_ alerts: [Alert]) { Terminal.print(lines: alerts.flatMap(lines)) }

  /// Says that there is more than what was told.
  func tell(held: Int) {
    guard held > 0 else { return }
    Terminal.complain(lines: [Phrasebook(language).text("alert.more", ["count": "\(held)"])])
  }

  /// An alert as text: the title, sentences and the next step.
  private func lines(_ alert: Alert) -> [String] {
    let urgency = alert.phase == .begun ? Phrasebook(language).text("change.severity.\(alert.severity.rawValue)") : nil
    let heading = (urgency.map { "\($0): " } ?? "") + alert.title
    return [heading] + alert.sentences.map { "  " + $0 } + (alert.nextStep.map { ["  → `\($0)`"] } ?? [])
  }
}

extension ResultTable {
  /// The table of `alert`.
  init(_ alerts: [Alert]) {
    self.init(
      [
        Column("identifier"), Column("rule"), Column("severity"), Column("phase"), Column("since"), Column("title"),
        Column("sentences"), Column("domains"), Column("messages"), Column("next_step"),
      ],
      alerts.map { alert in
        [
          .text(alert.identifier), .text(alert.kind), .text(alert.severity.rawValue), .text(alert.phase.rawValue),
          Cell(alert.since.map { "\($0)" }), .text(alert.title), .list(alert.sentences), .list(alert.domains),
          Cell(alert.messages), Cell(alert.nextStep),
        ]
      }, ifEmpty: "Nothing is new.")
  }
}
