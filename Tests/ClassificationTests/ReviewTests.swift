import DMARC
import Store
import Testing

@testable import Classification
@testable import Settings
@testable import Verdict

@Suite struct ReviewTests {
  @Test(arguments: [
    ("aligned", "both", true, false, MessageClass.direct), ("forwarded", "dkim-survived", true, false, .forwarded),
    ("mailing-list", "pattern", false, false, .forwarded), ("forwarded-modified", "forwarder", false, true, .unknown),
    ("own-misconfigured", "unsigned", false, false, .failing),
    ("misaligned-service", "declared", false, false, .failing),
    ("misaligned-service", "esp", false, true, .unknown),
    ("unknown-unauthenticated", "undecided", false, true, .unknown),
    ("dkim-replay-suspected", "burst", true, true, .unknown), ("receiver-error", "temperror", false, false, .other),
    ("", "", true, false, .direct), ("", "", false, false, .other),
  ])
  func messagesAreOfOneClass(
    verdict: String, subtype: String, passes: Bool, isUnknown: Bool, expected: MessageClass
  ) {
    let kind = MessageKind(verdict: verdict, subtype: subtype, passesDMARC: passes, isUnknownIP: isUnknown)
    #expect(MessageClass(kind) == expected)
  }

  @Test func aChangeNeedsMessagesInBothMonths() {
    var line = DomainLine(domain: "example.com")
    line.now = .init(messages: 10, passed: 9)
    #expect(line.change == nil)
    line.before = .init(messages: 5, passed: 0, notEvaluated: 5)
    #expect(line.change == nil)
    line.before = .init(messages: 10, passed: 8)
    #expect(abs((line.change ?? 0) - 0.1) < 1e-9)
  }

  private func review(_ sections: Int, _ domains: [String], month: String = "2026-10") throws -> Review? {
    let database = try ReportDatabase()
    for (number, domain) in domains.enumerated() { try Made.store(UInt8(number + 1), from: domain, in: database) }
    let configuration = Configuration()
    try Classifier(configuration, database).refresh(database)
    let builder = ReviewBuilder(
      database, try Classifier(configuration, database), configuration.readiness, Phrasebook(.english),
      today: try #require(CalendarDay("2026-11-15")))
    let first = try #require(CalendarDay(month + "-01"))
    return try builder.review(RecordFilter(firstDay: first, lastDay: first.advanced(by: 30)), sections: sections)
  }

  @Test func theReviewHasASectionForTheFirstDomains() throws {
    let review = try #require(try review(1, ["example.com", "example.org"]))
    #expect(review.lines.map(\.domain) == ["example.com", "example.org"])
    #expect(review.sections.map(\.line.domain) == ["example.com"])
    #expect(review.total.now.messages == 4 && review.isOver)
    #expect(review.trend.months.count == 13)
    #expect(review.trend.months.filter { $0.sum != nil }.count == 1)
    #expect(review.trend.reported == [0])
  }

  @Test func anEmptyMonthHasNoNumbers() throws {
    let review = try #require(try review(5, ["example.com"], month: "2025-01"))
    #expect(review.lines.isEmpty && review.sections.isEmpty && review.total.now.passRate == nil)
  }

  /// The review of one customer must reveal nothing about others, nor about the installation.
  @Test func someDomainsHaveOnlyTheirOwnAlerts() throws {
    let database = try ReportDatabase()
    let configuration = Configuration()
    for (number, domain) in ["example.com", "example.org"].enumerated() {
      try Made.store(UInt8(number + 1), from: domain, in: database)
    }
    let first = try #require(CalendarDay("2026-10-01"))
    var book = MatterBook([], AlertSettings(), mutes: [], today: first.advanced(by: 3)) { _ in false }
    book.take(
      [["example.com"], ["example.com", "example.org"], [""]].enumerated().map { index, domains in
        Sighting(
          .newSender, subject: "\(index)", places: domains.map { .init(domain: $0, since: first) }, noticed: first,
          severity: .high, texts: ["en": MatterText(title: "\(index)", sentences: [])])
      })
    _ = book.decide()
    let progress = try database.matterProgress()
    _ = try database.store(book.entries.map { StoredMatter($0.matter, id: nil) }, progress: (progress, progress))
    let builder = ReviewBuilder(
      database, try Classifier(configuration, database), configuration.readiness, Phrasebook(.english),
      today: first.advanced(by: 40))
    var filter = RecordFilter(firstDay: first, lastDay: first.advanced(by: 30))
    let all = try #require(try builder.review(filter, sections: 1))
    #expect(all.matters.map(\.subject) == ["0", "1", "2"] && all.rejectedCount == 0)
    filter.domains = [try Made.name("example.com")]
    let one = try #require(try builder.review(filter, sections: 1))
    #expect(one.matters.map(\.subject) == ["0"] && one.rejectedCount == nil)
    filter = RecordFilter(firstDay: first.advanced(by: 31), lastDay: first.advanced(by: 61))
    #expect(try #require(try builder.review(filter, sections: 1)).matters.isEmpty)
  }

  @Test func anOpenPeriodHasNoReview() throws {
    let database = try ReportDatabase()
    let builder = ReviewBuilder(
      database, try Classifier(Configuration(), database), Configuration().readiness, Phrasebook(.english), today: .last
    )
    #expect(try builder.review(RecordFilter(), sections: 1) == nil)
  }
}
