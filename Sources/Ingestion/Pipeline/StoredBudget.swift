import DMARC
import Intake
import Settings
import Store

/// The bytes that one file, or one message of an mbox file, may still add to the database: a fixed amount, and a
/// multiple of its size, which is higher for its first bytes.
struct StoredBudget {
  private let ratio: Int64
  private var share = InputShare()
  private var spent: Int64 = 0
  private var isExhausted = false
  private var hasSaidSo = false

  init(ratio: Int64) { self.ratio = ratio }

  /// Bytes that may still be stored; negative if the budget was exceeded.
  mutating func left(for share: InputShare) -> Int64 {
    turn(to: share)
    return isExhausted ? -1 : Self.allowance(share, ratio) - spent
  }

  mutating func spend(_ bytes: Int64, _ share: InputShare) {
    turn(to: share)
    spent += bytes
  }

  mutating func exhaust(_ share: InputShare) {
    turn(to: share)
    isExhausted = true
  }

  /// Charges an item of the ledger.
  /// - Returns: the outcome to record: once the budget is exhausted, first a rejection that says so, then nil.
  mutating func spend(on outcome: LedgerItem.Outcome, _ origin: ReportOrigin) -> LedgerItem.Outcome? {
    turn(to: origin.share)
    spent += 100 + Int64(origin.member?.utf8.count ?? 0)
    if case .rejected(let why, let nextStep) = outcome { spent += Int64(why.cause.utf8.count + nextStep.utf8.count) }
    if case .stored(.conflict) = outcome { spent += 200 + Int64(origin.member?.utf8.count ?? 0) }
    guard isExhausted || spent > Self.allowance(share, ratio) else { return outcome }
    isExhausted = true
    // A stored report is recorded in any case.
    if case .stored(.ingested) = outcome { return outcome }
    defer { hasSaidSo = true }
    let why = Self.rejection(origin.share, ratio)
    return hasSaidSo ? nil : .rejected(why, nextStep: why.nextStep)
  }

  /// Each message of an mbox file has its own budget.
  private mutating func turn(to share: InputShare) {
    guard share != self.share else { return }
    self = StoredBudget(ratio: ratio)
    self.share = share
  }

  private static func allowance(_ share: InputShare, _ ratio: Int64) -> Int64 {
    // The first bytes count several times, because a small report of many similar rows compresses far better than a
    // large one.
    let first = min(share.bytes, Limits.storedFirstBytes).multipliedClamped(by: Limits.storedFirstFactor - 1)
    return share.bytes.addingClamped(first).multipliedClamped(by: ratio).addingClamped(Limits.storedGrace)
  }

  static func rejection(_ share: InputShare, _ ratio: Int64) -> InputError {
    .limit(
      .storedRatio, ratio,
      "it would add more than \(allowance(share, ratio)) bytes to the database, which is too much for an input of \(share.bytes) bytes"
    )
  }
}
