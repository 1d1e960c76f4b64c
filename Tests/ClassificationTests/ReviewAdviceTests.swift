import DMARC
import Settings
import Store
import Testing
import Verdict

@testable import Classification

/// What to do about a line of the monthly review.
@Suite struct ReviewAdviceTests {
  private func advice(_ language: Language = .english, _ senders: [StoredSender] = []) throws -> ReviewAdvice {
    ReviewAdvice(try ClassificationContext(Configuration(), senders), Phrasebook(language))
  }

  private func lines(_ database: ReportDatabase) throws -> [ExportRow] {
    var rows: [ExportRow] = []
    let context = try ClassificationContext(Configuration(), [])
    try database.review(ReviewQuestion(RecordFilter(), context, isFolded: false)) { rows.append($0) }
    return rows
  }

  @Test func everyVerdictHasAdviceOfItsOwn() throws {
    let advice = try advice()
    for verdict in Verdict.allCases {
      for subtype in verdict.subtypes {
        let text = advice.text(Made.flow(verdict.rawValue, subtype.rawValue))
        #expect(text.contains(" "), "\(verdict)/\(subtype): \(text)")
      }
    }
  }

  @Test func theLanguageIsTheReaders() throws {
    let flow = Made.flow("unknown-unauthenticated", "nothing-passes")
    #expect(try advice(.japanese).text(flow) != advice(.english).text(flow))
  }

  @Test func aLineHasAdviceOnceItIsJudged() throws {
    let database = try ReportDatabase()
    try Made.store(1, from: "example.com", in: database)
    let advice = try advice()
    let before = try lines(database)
    #expect(before.count == 2)
    #expect(before.allSatisfy { advice.text($0) == nil })
    try Classifier(Configuration(), database).refresh(database)
    let after = try lines(database)
    #expect(after.count == 2)
    #expect(Set(after.compactMap(advice.text)).count == 2)
  }
}
