import IMAP
import Intake

/// Where those who fetch mail bring it, whom they ask, and when they stop.
struct FetchContext: Sendable {
  let feed: InputQueue
  /// Told when the whole program is to end.
  let stop: Deadline
  let rules: FetchRules
  /// Takes what a person may want to know, but need not.
  let note: @Sendable (String) -> Void

  /// Has the writer do something, in its turn.
  func order(_ order: WriterRequest) { feed.add(.order(order)) }

  /// Asks the writer, and waits for the answer.
  /// - Throws: ``IMAPError`` when it is time to stop.
  func ask<Value>(_ order: (Reply<Value>) -> WriterRequest) throws(IMAPError) -> Value {
    let reply = Reply<Value>()
    self.order(order(reply))
    return try reply.wait(stop)
  }

  /// Tells of something that a person should hear of.
  /// - Parameter notice: where it belongs among the notices of lasting problems, if the place does not say that.
  func tell(_ place: String, _ text: String, _ kind: IMAPError.Kind, notice: IngestTally.Problem.Place? = nil) {
    order(.problem(.init(place: place, code: kind.rawValue, text: text, notice: notice)))
  }
}

/// How mail is dealt with in a run.
struct FetchRules: Sendable {
  /// Change nothing, neither here nor on servers.
  var isDryRun = false
  /// Read mails again that were rejected before.
  var retriesRejected = false
  /// Bytes of one mail.
  var mostBytes: Int64
  /// What is known of earlier crashes; nil if nothing is noted.
  var journal: ReadingJournal?
  /// Whether only mails that a run may have died of are read, one by one; else all but these.
  var readsSuspects = false
  /// Takes the accounts that have such mails.
  var suspects: SuspectSources?
  /// The file in which mailboxes are locked; nil for none.
  var lockFile: String?
  /// Whether what is stored is still where the next run will look for it.
  var isDatabaseInPlace: @Sendable () -> Bool = { true }
}
