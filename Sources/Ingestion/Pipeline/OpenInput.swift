import DMARC
import Store

/// What has been told of an input so far.
struct OpenInput {
  let input: PendingInput
  var items: [LedgerItem] = []
  var budget: StoredBudget
  var isUnreadable = false
  /// Where the last message of an mbox file begins that something was told of.
  var messageOffset: Int64?
  var resumedAt: Int64?
  var mailbox: MboxPosition?
  /// Whether a whole report was found in it.
  var hasReport = false
  /// What came of a message whose content is doubtful is told only if it turns out to be the whole message.
  var isWithheld = false

  var doubt: Doubt? { if case .message(let message) = input { message.doubt } else { nil } }
}
