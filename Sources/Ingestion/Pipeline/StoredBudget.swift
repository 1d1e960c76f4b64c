import DMARC
import Intake
import Settings
import Store

/// What one file, or one mail of an mbox file, may still add to the database: a fixed amount, and so many bytes for each of its own, more for the
/// first ones.
struct StoredBudget {
  private let ratio: Int64
  private var share = InputShare()
  private var spent: Int64 = 0
  private var isExhausted = false
  private var hasSaidSo = false

  init(ratio: Int64) { self.ratio = ratio }

  /// Bytes that may still be stored; negative where too many were.
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

  /// Takes account of an entry of the ledger.
  /// - Returns: the entry; where the input has used up its budget, one that says so, then nothing more.
  mutating func spend(on outcome: LedgerItem.Outcome, _ origin: ReportOrigin) -> LedgerItem.Outcome? {
    turn(to: origin.share)
    spent += 100 + Int64(origin.member?.utf8.count ?? 0)
    if case .rejected(let why, let nextStep) = outcome { spent += Int64(why.cause.utf8.count + nextStep.utf8.count) }
    if case .stored(.conflict) = outcome { spent += 200 + Int64(origin.member?.utf8.count ?? 0) }
    guard isExhausted || spent > Self.allowance(share, ratio) else { return outcome }
    isExhausted = true
    // A report that is stored has its entry in any case.
    if case .stored(.ingested) = outcome { return outcome }
    defer { hasSaidSo = true }
    let why = Self.rejection(origin.share, ratio)
    return hasSaidSo ? nil : .rejected(why, nextStep: why.nextStep)
  }

  /// The next mail of an mbox file has a budget of its own.
  private mutating func turn(to share: InputShare) {
    guard share != self.share else { return }
    self = StoredBudget(ratio: ratio)
    self.share = share
  }

  private static func allowance(_ share: InputShare, _ ratio: Int64) -> Int64 {
    // The first bytes count several times: a report of many similar rows is compressed far better than any large one.
    let first = min(share.bytes, Limits.storedFirstBytes).multipliedClamped(by: Limits.storedFirstFactor - 1)
    return share.bytes.addingClamped(first).multipliedClamped(by: ratio).addingClamped(Limits.storedGrace)
  }

  static func rejection(_ share: InputShare, _ ratio: Int64) -> InputError {
    .limit(
      .storedRatio, ratio,
      "it would add more than \(allowance(share, ratio)) bytes to the database, which is too much for \(share.bytes) bytes"
    )
  }
}
