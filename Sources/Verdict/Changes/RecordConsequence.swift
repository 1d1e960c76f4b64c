/// What mail has shown since a record changed.
package struct RecordConsequence: Sendable, Hashable {
  /// Messages that fail what the record is for: DKIM with a key, or DMARC because of SPF.
  package var failed: Int64
  /// Those of them that fail DMARC.
  package var rejected: Int64
  /// Messages of the period before that passed by the record.
  package var passedBefore: Int64
  /// The senders whose mail fails because of it, the largest first.
  package var senders: [SenderIdentity] = []

  /// Creates a consequence.
  package init(failed: Int64, rejected: Int64, passedBefore: Int64, senders: [SenderIdentity] = []) {
    (self.failed, self.rejected, self.passedBefore) = (failed, rejected, passedBefore)
    self.senders = senders
  }
}
