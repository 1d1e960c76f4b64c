import DMARC
import Testing
import Verdict

@testable import Classification
@testable import Store

/// What is told when reports stay away or cannot be read.
@Suite struct IntakeSightingsTests {
  private struct Operator {
    var settings = AlertSettings()
    var entries: [MatterBook.Entry] = []

    mutating func look(on day: Int64, _ facts: IntakeFacts, days: [Int64]? = nil) -> [String] {
      let today = CalendarDay(number: day)
      var book = MatterBook(entries, settings, mutes: [], today: today) { _ in false }
      IntakeSightings(facts, settings, today: today, now: day * 86_400).enter(&book, days: days)
      let titles = book.decide().map { item in
        let title = book.entries[item.index].matter.text(isEnd: item.isEnd, .english).title
        book.note(toldOf: item.index)
        return title
      }
      entries = book.entries
      return titles
    }
  }

  private func facts(
    arrival: Int64 = 20_000, notices: [NoticeNews.Known] = [], rejected: Int64 = 0, conflicts: Int64 = 0,
    free: Int64? = nil
  ) -> IntakeFacts {
    IntakeFacts(
      newestReport: 1, newestArrival: arrival * 86_400, notices: notices, rejected: rejected,
      rejectedCode: rejected > 0 ? "not-xml" : nil, rejectedSince: rejected > 0 ? arrival * 86_400 : nil,
      conflicts: conflicts, conflictsSince: conflicts > 0 ? arrival * 86_400 : nil,
      freeMebibytes: free)
  }

  @Test func silenceIsToldOnceAndSoIsItsEnd() {
    var reader = Operator()
    let days = Array(Int64(19_960)...19_999)
    #expect(reader.look(on: 20_002, facts(), days: days) == [])
    #expect(reader.look(on: 20_003, facts(), days: days) == ["No report has arrived since 2024-10-04"])
    #expect(reader.look(on: 20_004, facts(), days: days) == [])
    #expect(reader.look(on: 20_004, facts()) == [])
    #expect(reader.look(on: 20_006, facts(arrival: 20_006)) == ["Reports arrive again"])
    #expect(reader.look(on: 20_007, facts(arrival: 20_006), days: days) == [])
  }

  /// Somebody whose reports come once a week, or who has hardly any.
  @Test func pausesThatAreUsualAreNoSilence() {
    var reader = Operator()
    let weekly = Array(stride(from: Int64(19_900), through: 19_999, by: 7))
    #expect(reader.look(on: 20_008, facts(), days: weekly) == [])
    #expect(reader.look(on: 20_009, facts(), days: weekly) == ["No report has arrived since 2024-10-04"])
    var other = Operator()
    #expect(other.look(on: 20_030, facts(), days: [19_990, 19_999]) == [])
  }

  @Test func aDiskThatFillsUpIsToldUntilThereIsEnoughSpaceAgain() {
    var reader = Operator()
    #expect(reader.look(on: 20_000, facts(free: 256)) == [])
    #expect(reader.look(on: 20_001, facts(free: 255)) == ["The disk with the database is nearly full"])
    #expect(reader.look(on: 20_002, facts(free: 10)) == [])
    #expect(reader.look(on: 20_003, facts(free: 511)) == [])
    #expect(reader.look(on: 20_004, facts(free: 512)) == ["The disk with the database has space again"])
    reader.settings.thresholds[.disk] = 1_000
    #expect(reader.look(on: 20_030, facts(free: 600)) == ["The disk with the database is nearly full"])
    var other = Operator()
    other.settings.off = [.disk]
    #expect(other.look(on: 20_000, facts(free: 1)) == [])
  }

  @Test func troubleIsToldIfItLasts() {
    var reader = Operator()
    let since = Int64(20_000 * 86_400)
    let mailbox = NoticeNews.Known(
      notice: Notice(scope: "account reports", key: "INBOX", code: "unreachable", text: "refused\nSubject: x"),
      since: since - 5 * 3_600)
    #expect(reader.look(on: 20_000, facts(notices: [mailbox])) == [])
    #expect(reader.look(on: 20_001, facts(notices: [mailbox])) == ["Reports cannot be read from reports"])
    let matter = reader.entries.first?.matter
    #expect(matter?.nextStep == "dmarcstat accounts test reports")
    #expect(matter?.text(isEnd: false, .english).sentences.allSatisfy { !$0.contains("\n") } ?? false)
    #expect(reader.look(on: 20_002, facts(notices: [mailbox])) == [])
    #expect(reader.look(on: 20_003, facts()) == ["Reports can be read from reports again"])
  }

  @Test func rejectionsAndConflictsAreToldFromTheirThresholdOn() {
    var reader = Operator()
    #expect(reader.look(on: 20_000, facts(rejected: 9)) == [])
    #expect(
      reader.look(on: 20_000, facts(rejected: 10, conflicts: 2))
        == ["Conflicts between reports that need a decision: 2", "Rejected inputs: 10"])
    // It neither ends nor begins with each input.
    #expect(reader.look(on: 20_001, facts(rejected: 6, conflicts: 3)) == [])
    #expect(
      Set(reader.look(on: 20_002, facts(rejected: 4)))
        == ["Inputs are no longer rejected", "All conflicts between reports are decided"])
  }
}
