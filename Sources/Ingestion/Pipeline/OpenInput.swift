import DMARC
import Store

/// The state of an input whose events are being processed.
struct OpenInput {
  let input: PendingInput
  var items: [LedgerItem] = []
  var budget: StoredBudget
  var isUnreadable = false
  /// Offset of the last message of an mbox file for which an event was received.
  var messageOffset: Int64?
  var resumedAt: Int64?
  var mboxPosition: MboxPosition?
  /// Whether a complete report was found in it.
  var hasReport = false
  /// Whether the content of a doubtful message turned out to be incomplete, so that its outcome is not recorded.
  var isWithheld = false

  var doubt: ContentDoubt? { if case .message(let message) = input { message.doubt } else { nil } }
}
