import DMARC
import Store
import Testing

/// What the ledger knows of mails on servers.
@Suite struct ServerMailTests {
  private let all: ClosedRange<UInt32> = 1...UInt32.max
  private let key = MailboxKey(account: "imap://a@imap.example.com", name: "INBOX", uidValidity: 7)
  private let rejection = LedgerItem.Outcome.rejected(InputError(.empty, "it is empty"), nextStep: "ask for it again")

  private func write<Value>(_ database: ReportDatabase, _ body: (ReportWriter) throws -> Value) throws -> Value {
    try database.withWriter(now: 1_791_000_000) { writer in
      try writer.begin()
      let value = try body(writer)
      try writer.commit()
      return value
    }
  }

  private func record(_ writer: ReportWriter, _ mailbox: Int64, _ uid: UInt32, _ outcomes: [LedgerItem.Outcome]) throws
  {
    try writer.record(
      LedgerInput(
        name: "imap://m\(mailbox)/;UID=\(uid)", size: 1, modified: 2,
        serverMail: ServerMessage(mailboxID: mailbox, uid: uid)),
      outcomes.map { LedgerItem(member: nil, $0) })
  }

  @Test func mailsAreKnownByTheirNumbers() throws {
    let database = try ReportDatabase()
    let maker = ReportMaker()
    try write(database) { writer in
      let new = try writer.ledger(of: key, within: all)
      #expect((new.known.isEmpty, new.isRenumbered) == (true, false))
      guard case .ingested(let report) = try writer.store(maker.report, maker.batch) else { return }
      try record(writer, new.id, 5, [.stored(.ingested(report))])
      try record(writer, new.id, 6, [.notAReport(kind: "a bounce")])
      try record(writer, new.id, 7, [.stored(.duplicate(report)), rejection])
      try record(writer, new.id, 4_294_967_295, [.stored(.conflict(report))])
      let known = try writer.ledger(of: key, within: all)
      #expect(known.id == new.id)
      #expect(known.known == [5...7, 4_294_967_295...4_294_967_295])
      #expect(known.rejected == [7])
      #expect(try writer.ledger(of: key, within: 6...6).known == [6...6])
      let mails = try writer.readMails(in: new.id, within: all)
      #expect(mails.map(\.outcome) == [.settled, .other, .rejected, .conflicting])
      // Other mailboxes have their own numbers.
      let other = MailboxKey(account: key.account, name: "Other", uidValidity: 7)
      #expect(try writer.ledger(of: other, within: all).known.isEmpty)
    }
    #expect(try database.check().isEmpty)
  }

  @Test func stepsAreNoted() throws {
    let database = try ReportDatabase()
    try write(database) { writer in
      let id = try writer.ledger(of: key, within: all).id
      for uid in 1...3 as ClosedRange<UInt32> { try record(writer, id, uid, [.notAReport(kind: "a bounce")]) }
      try writer.noteCleared([1, 3, 99], in: id, "moved Done")
      #expect(try writer.readMails(in: id, within: all).map(\.cleared) == ["moved Done", nil, "moved Done"])
      try writer.noteCleared([1], in: id, nil)
      #expect(try writer.readMails(in: id, within: 1...1).map(\.cleared) == [nil])
    }
  }

  @Test func aMailboxThatIsNumberedAnewForgetsWhatWasRejected() throws {
    let database = try ReportDatabase()
    let maker = ReportMaker()
    try write(database) { writer in
      let id = try writer.ledger(of: key, within: all).id
      guard case .ingested(let report) = try writer.store(maker.report, maker.batch) else { return }
      try record(writer, id, 1, [rejection])
      try record(writer, id, 2, [.stored(.ingested(report))])
    }
    try write(database) { writer in
      let anew = MailboxKey(account: key.account, name: key.name, uidValidity: 8)
      let ledger = try writer.ledger(of: anew, within: all)
      #expect((ledger.isRenumbered, ledger.known.isEmpty) == (true, true))
      #expect(try writer.ledger(of: key, within: all).known == [2...2])
    }
    #expect(try database.info().rejected == 0)
  }

  @Test func outcomesOfInputs() throws {
    let database = try ReportDatabase()
    let maker = ReportMaker()
    try write(database) { writer in
      guard case .ingested(let report) = try writer.store(maker.report, maker.batch) else { return }
      let stored = LedgerItem(member: nil, .stored(.ingested(report)))
      let copy = LedgerItem(member: nil, .stored(.duplicate(report)))
      let cut = LedgerItem(member: nil, isIncomplete: true, .stored(.duplicate(report)))
      let other = LedgerItem(member: nil, .notAReport(kind: "a bounce"))
      let rejected = LedgerItem(member: nil, rejection)
      func outcome(_ items: LedgerItem...) throws -> InputOutcome? {
        let row = try writer.record(LedgerInput(name: "x", size: 1, modified: 2), items)
        return try writer.outcomes(ofInputs: [row])[0]
      }
      #expect(try outcome() == nil)
      #expect(try outcome(stored, copy) == .settled)
      #expect(try outcome(stored, other) == .other)
      #expect(try outcome(other) == .other)
      #expect(try outcome(stored, rejected) == .rejected)
      #expect(try outcome(stored, cut) == .rejected)
      #expect(try outcome(LedgerItem(member: nil, .stored(.conflict(report)))) == .conflicting)
      #expect(try outcome(rejected, LedgerItem(member: nil, .stored(.conflict(report)))) == .conflicting)
      // Another input comes into conflict with the report: what it came from is needed as well.
      #expect(try writer.store(ReportMaker(content: 2, messages: 6).report, maker.batch) == .conflict(report))
      #expect(try outcome(stored) == .conflicting)
      #expect(try outcome(stored, other) == .conflicting)
    }
  }
}
