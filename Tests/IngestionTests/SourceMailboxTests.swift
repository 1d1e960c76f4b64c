import IMAP
import Store
import Testing

@testable import Ingestion

/// How far the messages of a mailbox have got, as the fetching thread and the writer see it.
@Suite struct SourceMailboxTests {
  @Test func aLookWaitsUntilEarlierMessagesAreRead() throws {
    let mailbox = Make.mailbox()
    for uid in 1...2 as ClosedRange<UInt32> { mailbox.handOver(uid) }
    let look = TestLog<Set<UInt32>>()
    let thread = try TestThread {
      if let found = try? mailbox.beginScan(Deadline()) { look.append(found) }
    }
    #expect(thread.isWaiting())
    mailbox.noteRead(1, isRecorded: true)
    #expect(thread.isWaiting())
    mailbox.noteRead(2, isRecorded: false)
    thread.join()
    #expect(look.entries == [[1]])
  }

  @Test func aStopEndsTheWaitForMessages() throws {
    let mailbox = Make.mailbox()
    mailbox.handOver(1)
    let stop = Deadline()
    let thread = try TestThread {
      let error = #expect(throws: IMAPError.self) { try mailbox.waitUntilRead(stop) }
      #expect(error?.kind == .stopped)
    }
    #expect(thread.isWaiting())
    stop.stop()
    thread.join()
  }

  @Test func whatIsCommittedCountsForTheLookThatIsUnderWay() throws {
    let mailbox = Make.mailbox()
    mailbox.handOver(1)
    mailbox.noteRead(1, isRecorded: true)
    #expect(mailbox.committed.isEmpty)
    mailbox.noteCommitted(1)
    #expect(mailbox.committed == [1])
    #expect(try mailbox.beginScan(Deadline()).isEmpty)
    #expect(mailbox.committed.isEmpty)
  }

  @Test func whatIsNotYetCommittedIsKnownToTheNextLook() throws {
    let mailbox = Make.mailbox()
    mailbox.handOver(1)
    mailbox.noteRead(1, isRecorded: true)
    #expect(try mailbox.beginScan(Deadline()) == [1])
    mailbox.noteCommitted(1)
    #expect(mailbox.committed == [1])
  }

  @Test func whatWasForgottenIsNotCommitted() {
    let mailbox = Make.mailbox()
    for uid in 1...2 as ClosedRange<UInt32> {
      mailbox.handOver(uid)
      mailbox.noteRead(uid, isRecorded: true)
    }
    mailbox.noteCommitted(2)
    mailbox.forget([1, 2])
    mailbox.noteCommitted(1)
    #expect(mailbox.committed.isEmpty)
  }

  @Test func whatTheServerDidNotGiveIsToldOnce() throws {
    let mailbox = Make.mailbox()
    mailbox.handOver(1)
    mailbox.note(withheld: 1, "cut")
    try mailbox.waitUntilRead(Deadline())
    #expect(mailbox.takeWithheld() == [1: "cut"])
    #expect(mailbox.takeWithheld().isEmpty)
    mailbox.note(withheld: 1, "cut")
    _ = try mailbox.beginScan(Deadline())
    #expect(mailbox.takeWithheld().isEmpty)
  }

  @Test func aMailboxIsTheSameAtEveryLook() {
    let mailboxes = SourceMailboxes()
    var renumbered = Make.key
    renumbered.uidValidity += 1
    let first = mailboxes.mailbox(Make.key, name: "a")
    #expect(mailboxes.mailbox(Make.key, name: "a") === first)
    #expect(mailboxes.mailbox(renumbered, name: "b") !== first)
  }
}
