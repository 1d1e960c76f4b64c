import DMARC
import Foundation
import GRDB
import Store
import Testing

/// What the ledger knows about messages on servers.
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

  /// A database in a file, because readers have their own connections.
  private func withDatabase(_ body: (ReportDatabase, LedgerReader) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "dmarcstat-ledger-" + UUID().uuidString + ".sqlite"
    defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
    let database = try ReportDatabase(path: path)
    try body(database, LedgerReader(database))
  }

  private func record(
    _ writer: ReportWriter, _ uid: UInt32, _ outcomes: [LedgerItem.Outcome], in mailbox: MailboxKey? = nil
  ) throws {
    let mailbox = mailbox ?? key
    try writer.record(
      LedgerInput(
        name: "imap://\(mailbox.name);UIDVALIDITY=\(mailbox.uidValidity)/;UID=\(uid)", size: 1, modified: 2,
        serverMail: ServerMessage(mailbox: mailbox, uid: uid)),
      outcomes.map { LedgerItem(member: nil, $0) })
  }

  @Test func messagesAreIdentifiedByTheirUIDs() throws {
    try withDatabase { database, reader in
      let new = try reader.ledger(of: key, within: all)
      #expect((new.known.isEmpty, new.isRenumbered) == (true, false))
      let maker = ReportMaker()
      try write(database) { writer in
        guard case .ingested(let report) = try writer.store(maker.report, maker.batch) else { return }
        try record(writer, 5, [.stored(.ingested(report))])
        try record(writer, 6, [.notAReport(kind: "a bounce")])
        try record(writer, 7, [.stored(.duplicate(report)), rejection])
        try record(writer, 4_294_967_295, [.stored(.conflict(report))])
        // Nothing is known before it is committed.
        #expect(try reader.ledger(of: key, within: all).known.isEmpty)
      }
      let known = try reader.ledger(of: key, within: all)
      #expect(known.known == [5...7, 4_294_967_295...4_294_967_295])
      #expect(known.rejected == [7])
      #expect(try reader.ledger(of: key, within: 6...6).known == [6...6])
      let messages = try reader.readMessages(in: key, within: all)
      #expect(messages.map(\.outcome) == [.settled, .other, .rejected, .conflicting])
      // Other mailboxes have their own numbers.
      let other = MailboxKey(account: key.account, name: "Other", uidValidity: 7)
      #expect(try reader.ledger(of: other, within: all).known.isEmpty)
      #expect(try database.check().isEmpty)
    }
  }

  @Test func databaseInMemoryIsPrivate() throws {
    let reader = try LedgerReader(ReportDatabase())
    #expect(try reader.ledger(of: key, within: all).known.isEmpty)
    #expect(try reader.readMessages(in: key, within: all).isEmpty)
  }

  @Test(arguments: [
    CleanupStep.seen, .deleted, .moved(to: "Done"), .moved(to: " a  b "), .copied(to: "Été 2026"),
    .copying(to: " Done  2", uidValidity: .max, uidNext: 1), .copying(to: "x", uidValidity: 7, uidNext: .max),
  ])
  func cleanupStepsAreRecorded(step: CleanupStep) throws {
    try withDatabase { database, reader in
      try write(database) { writer in
        for uid in 1...3 as ClosedRange<UInt32> { try record(writer, uid, [.notAReport(kind: "a bounce")]) }
        try writer.note(step, of: [1, 3, 99], in: key)
      }
      #expect(try reader.readMessages(in: key, within: all).map(\.step) == [step, nil, step])
    }
  }

  /// The forms of earlier versions are understood; unknown forms count as no step.
  @Test(arguments: [
    ("seen", CleanupStep.seen), ("deleted", .deleted), ("moved Done 2", .moved(to: "Done 2")),
    ("copied Done", .copied(to: "Done")), ("copying 7 12 Done 2", .copying(to: "Done 2", uidValidity: 7, uidNext: 12)),
    ("copying 7 Done", nil), ("copying 7 4294967296 Done", nil), ("seen twice", nil), ("moved", nil), ("", nil),
    ("burnt", nil),
  ])
  func storedWordsOfCleanupSteps(words: String, step: CleanupStep?) throws {
    try withDatabase { database, reader in
      try write(database) { writer in try record(writer, 1, [.notAReport(kind: "a bounce")]) }
      try DatabaseQueue(path: database.path).write {
        try $0.execute(sql: "UPDATE input SET cleared = ?", arguments: [words])
      }
      #expect(try reader.readMessages(in: key, within: all).map(\.step) == [step])
    }
  }

  @Test func renumberedMailboxForgetsRejectedMessages() throws {
    try withDatabase { database, reader in
      let maker = ReportMaker()
      try write(database) { writer in
        guard case .ingested(let report) = try writer.store(maker.report, maker.batch) else { return }
        try record(writer, 1, [rejection])
        try record(writer, 2, [.stored(.ingested(report))])
      }
      let renumbered = MailboxKey(account: key.account, name: key.name, uidValidity: 8)
      let ledger = try reader.ledger(of: renumbered, within: all)
      #expect((ledger.isRenumbered, ledger.known.isEmpty) == (true, true))
      #expect(try reader.ledger(of: key, within: all).known == [1...2])
      try write(database) { writer in try record(writer, 1, [.notAReport(kind: "a bounce")], in: renumbered) }
      #expect(try reader.ledger(of: key, within: all).known == [2...2])
      let after = try reader.ledger(of: renumbered, within: all)
      #expect((after.isRenumbered, after.known) == (false, [1...1]))
      #expect(try database.info().rejected == 0)
    }
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
      // Another input conflicts with the report, so both inputs are kept.
      #expect(try writer.store(ReportMaker(content: 2, messages: 6).report, maker.batch) == .conflict(report))
      #expect(try outcome(stored) == .conflicting)
      #expect(try outcome(stored, other) == .conflicting)
    }
  }
}
