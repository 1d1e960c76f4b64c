import DMARC
import Intake
import Store
import Testing

@testable import Ingestion

/// What one input may add to the database.
@Suite struct StoredBudgetTests {
  private static let ratio: Int64 = 10

  private func share(_ bytes: Int64, at offset: Int64 = 0) -> InputShare {
    var share = InputShare()
    (share.bytes, share.offset) = (bytes, offset)
    return share
  }

  private func origin(_ share: InputShare, member: String? = nil) -> ReportOrigin {
    var origin = ReportOrigin(member: member)
    origin.share = share
    return origin
  }

  private let rejection = LedgerItem.Outcome.rejected(InputError(.empty, "it is empty"), nextStep: "ask for it again")

  private func isRejected(_ outcome: LedgerItem.Outcome?, _ code: InputError.Code) -> Bool {
    if case .rejected(let why, _)? = outcome { why.code == code } else { false }
  }

  @Test func everyInputMayAddAFixedAmount() {
    var budget = StoredBudget(ratio: Self.ratio)
    #expect(budget.left(for: share(0)) == Limits.storedGrace)
  }

  @Test func theFirstBytesCountSeveralTimes() {
    var budget = StoredBudget(ratio: Self.ratio)
    let first = Limits.storedFirstBytes
    #expect(budget.left(for: share(first)) == Limits.storedGrace + first * Limits.storedFirstFactor * Self.ratio)
    #expect(
      budget.left(for: share(first + 100))
        == Limits.storedGrace + (first * Limits.storedFirstFactor + 100) * Self.ratio)
  }

  @Test func sizesBeyondAllNumbersDoNotTrap() {
    var budget = StoredBudget(ratio: .max)
    #expect(budget.left(for: share(.max)) == .max)
  }

  @Test func whatIsSpentIsGone() {
    var budget = StoredBudget(ratio: Self.ratio)
    let share = share(100)
    let before = budget.left(for: share)
    budget.spend(before - 5, share)
    #expect(budget.left(for: share) == 5)
    budget.spend(6, share)
    #expect(budget.left(for: share) == -1)
  }

  @Test func eachMessageOfAnMboxFileHasABudgetOfItsOwn() {
    var budget = StoredBudget(ratio: Self.ratio)
    budget.exhaust(share(100))
    #expect(budget.left(for: share(100)) == -1)
    #expect(budget.left(for: share(100, at: 100)) > 0)
  }

  @Test func anInputWithoutRoomSaysSoOnceAndThenNothing() {
    var budget = StoredBudget(ratio: Self.ratio)
    let origin = origin(share(10))
    #expect(isRejected(budget.spend(on: rejection, origin), .empty))
    budget.spend(budget.left(for: origin.share), origin.share)
    #expect(isRejected(budget.spend(on: rejection, origin), .limit))
    #expect(budget.spend(on: rejection, origin) == nil)
    #expect(budget.spend(on: .notAReport(kind: "plain text"), origin) == nil)
  }

  @Test func aReportThatIsStoredHasItsEntryInAnyCase() {
    var budget = StoredBudget(ratio: Self.ratio)
    let origin = origin(share(10))
    budget.exhaust(origin.share)
    guard case .stored(.ingested(3))? = budget.spend(on: .stored(.ingested(3)), origin) else {
      Issue.record("the entry is lost")
      return
    }
    #expect(isRejected(budget.spend(on: .stored(.duplicate(3)), origin), .limit))
  }

  @Test func longNamesOfMembersUseUpTheBudget() {
    var budget = StoredBudget(ratio: 1)
    let share = share(0)
    let origin = origin(share, member: String(repeating: "n", count: 1_000))
    let before = budget.left(for: share)
    _ = budget.spend(on: .notAReport(kind: "x"), origin)
    #expect(budget.left(for: share) <= before - 1_000)
    var count = 0
    while case .notAReport? = budget.spend(on: .notAReport(kind: "x"), origin) { count += 1 }
    #expect(count < 1_100)
  }
}
