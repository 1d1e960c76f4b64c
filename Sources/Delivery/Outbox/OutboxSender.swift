import DMARC
import Foundation
import Settings
package import Store

/// Delivers what waits in the outbox. Several may run at the same time.
package struct OutboxSender {
  let database: ReportDatabase
  let sender: ChannelSender
  let now: () -> Int64

  /// - Parameter now: the time in epoch seconds.
  package init(
    _ database: ReportDatabase, _ sender: ChannelSender,
    now: @escaping () -> Int64 = { Int64(Date().timeIntervalSince1970) }
  ) {
    (self.database, self.sender, self.now) = (database, sender, now)
  }

  /// The result of an attempt.
  package struct Result: Sendable, Hashable {
    package var entry: QueuedDelivery
    package var end: End

    package enum End: Sendable, Hashable {
      case sent
      /// Tried again at a time, epoch seconds.
      case waits(until: Int64)
      case failed
    }

    /// Why it was not delivered.
    package var cause: String?
  }

  /// Seconds after which what was finished is forgotten: longer than a year, so that no digest of a year before is sent again.
  private static let memory: Int64 = 400 * 86_400

  /// Delivers what is due. After a failure of a channel, the others for the same recipient are left for later.
  /// - Parameters:
  ///   - ids: these, whether they are due or have failed; nil for what is due.
  ///   - everything: what waits, whether it is due or not.
  ///   - seconds: after which no further delivery begins.
  /// - Throws: ``StoreError``.
  package func send(_ ids: [Int64]? = nil, everything: Bool = false, within seconds: Int) throws(StoreError) -> [Result]
  {
    let limit = ContinuousClock.now + .seconds(seconds)
    let isForced = everything || ids != nil
    var entries = try database.waitingDeliveries(due: isForced ? nil : now())
    if let ids {
      entries = try database.deliveries([.waiting, .failed], limit: nil).filter { ids.contains($0.id) }.sorted {
        $0.id < $1.id
      }
    }
    if !isForced { entries.removeAll(where: isForAnotherConfiguration) }
    guard !entries.isEmpty else { return [] }
    var results: [Result] = []
    var unreachable: Set<String> = []
    for entry in entries where ContinuousClock.now < limit {
      guard !unreachable.contains(entry.recipient) else { continue }
      let (result, isReachable) = try send(entry, isForced: isForced)
      if !isReachable { unreachable.insert(entry.recipient) }
      if let result { results.append(result) }
    }
    try database.forgetDeliveries(finishedBefore: now() - Self.memory)
    return results
  }

  /// Seconds of a lease beside the delivery itself, which may have to wait for two commands that print secrets.
  private static let leaseBesides: Int64 = 180
  /// More attempts than ``RetrySchedule`` makes: something ends the program each time.
  private static let mostAttempts: Int64 = 30

  private func send(_ entry: QueuedDelivery, isForced: Bool) throws(StoreError) -> (Result?, isReachable: Bool) {
    let holder = UUID().uuidString
    let lease = Int64(2 * sender.settings.timeout) + Self.leaseBesides
    guard
      let claim = try database.claimDelivery(entry.id, holder: holder, seconds: lease, now: now(), isForced: isForced)
    else { return (nil, true) }
    let failure =
      claim.entry.attempts > Self.mostAttempts && !isForced
      ? DeliveryFailure("the program was interrupted at \(Self.mostAttempts) attempts", .content) : deliver(claim)
    var result = Result(entry: claim.entry, end: .sent, cause: failure?.cause)
    var outcome = DeliveryOutcome.sent
    if let failure {
      let next =
        failure.scope == .content
        ? nil
        : RetrySchedule.next(
          createdAt: claim.entry.createdAt, attempts: claim.entry.attempts, now: now(), retryAfter: failure.retryAfter)
      (result.end, outcome) =
        next.map { (.waits(until: $0), .again(at: $0, cause: failure.cause)) }
        ?? (.failed, .failed(cause: failure.cause))
    }
    try database.finishDelivery(entry.id, holder: holder, outcome, now: now())
    return (result, failure?.scope != .channel)
  }

  /// Whether an entry is left to a run with a configuration that names its recipient. A digest may go to an address of the command line.
  private func isForAnotherConfiguration(_ entry: QueuedDelivery) -> Bool {
    entry.kind == NewDelivery.Kind.alert.rawValue && sender.settings.recipient(named: entry.recipient) == nil
      && now() < entry.createdAt.addingClamped(RetrySchedule.span)
  }

  private func deliver(_ claim: ClaimedDelivery) -> DeliveryFailure? {
    let recipient = sender.settings.recipient(named: claim.entry.recipient)
    if recipient == nil, claim.entry.kind == NewDelivery.Kind.alert.rawValue {
      return DeliveryFailure(
        "`notify` names no such recipient: run dmarcstat with the configuration that does, or drop it with `dmarcstat outbox drop`",
        .channel)
    }
    return sender.send(claim.content, key: claim.entry.key, to: recipient)
  }
}
