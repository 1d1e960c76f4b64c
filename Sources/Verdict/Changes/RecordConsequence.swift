/// What mail has shown since a record changed.
package struct RecordConsequence: Sendable, Hashable {
  /// Messages that have failed since: DKIM with the key, or DMARC because of SPF.
  package var failed: Int64
  /// Messages among them that fail DMARC.
  package var rejected: Int64
  /// Messages before the change that passed because of the record.
  package var passedBefore: Int64
  /// The senders whose mail fails because of it, the largest first.
  package var senders: [SenderIdentity] = []

  /// Creates a consequence.
  package init(failed: Int64, rejected: Int64, passedBefore: Int64, senders: [SenderIdentity] = []) {
    (self.failed, self.rejected, self.passedBefore) = (failed, rejected, passedBefore)
    self.senders = senders
  }
}
