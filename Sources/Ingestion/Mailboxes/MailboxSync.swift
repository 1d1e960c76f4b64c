import DMARC
import Foundation
import IMAP
import Intake
import Settings
import Store

/// Synchronises one mailbox once: fetches new messages and cleans up those that are stored.
struct MailboxSync {
  private let session: IMAPSession
  private let account: MailAccount
  /// The mailbox name as configured.
  private let folder: String
  private let context: FetchContext
  /// Problems reported by earlier scans; nil if there is only one scan.
  private let reported: ReportedProblems?
  /// Messages that the server does not return.
  private let withheld = WithheldContent()

  /// Messages requested by one command. Two commands are in progress at a time, so that the connection is never idle.
  private static let batch = 500
  /// Number of messages whose sizes are requested at once.
  private static let window = 5_000
  /// Number of messages that may fail when requested again one by one; after that, no more are requested.
  private static let maxRefetches = 50

  init(
    _ session: IMAPSession, _ account: MailAccount, _ folder: String, _ context: FetchContext,
    reported: ReportedProblems? = nil
  ) {
    self.session = session
    self.account = account
    self.folder = folder
    self.context = context
    self.reported = reported
  }

  /// Fetches and cleans up.
  /// - Returns: whether there was anything to fetch.
  /// - Throws: ``IMAPError``.
  @discardableResult
  func run() throws -> Bool {
    reported?.beginScan()
    guard let lock = MailboxLock(context.rules.lockFile, account.ledgerName(of: folder, uidValidity: 0)) else {
      context.note("\(account.name): another dmarcstat is reading \(folder), so it is skipped in this run")
      context.writerQueue.post(.unchecked(account: account.name))
      return false
    }
    defer { lock.release() }
    let (name, exists) = try session.resolve(folder)
    guard exists else {
      throw IMAPError(
        .mailbox, "the mailbox \"\(folder)\" does not exist: run `dmarcstat accounts folders` to list the existing ones"
      )
    }
    let onlyReads = context.rules.isDryRun || account.onlyReads
    var cleanup = onlyReads ? nil : try cleanup(name)
    let mailbox = try session.select(name, readOnly: onlyReads)
    context.writerQueue.post(.opened)
    if mailbox.isReadOnly, cleanup != nil {
      context.note("\(account.name): \(folder) is read-only, so its messages are not cleaned up")
      cleanup = nil
    }
    defer { reportWithheld() }
    return try sync(mailbox, cleanup)
  }

  /// The cleanup; nil if a target mailbox cannot be used, which does not prevent reading reports.
  private func cleanup(_ name: String) throws -> MessageCleanup? {
    do {
      return try MessageCleanup(session, account, name, context)
    } catch let error as IMAPError where error.kind == .mailbox || error.kind == .refused {
      report("\(error.explanation); messages are read but not cleaned up", error.kind, about: "target")
      return nil
    }
  }

  /// - Parameter part: the part of the mailbox with the problem; problems of different parts are tracked separately.
  private func report(_ text: String, _ kind: IMAPError.Kind, about part: String) {
    guard reported?.isNew(text) ?? true else { return }
    context.report("\(account.name), \(folder)", text, kind, notice: account.notice("\(folder), \(part)"))
  }

  /// In watch mode, a server that does this at every scan is reported once.
  private func reportRenumbering() {
    let text =
      "\(account.name): the server has renumbered the messages in \(folder) (new UIDVALIDITY); all are read again, and none is counted twice"
    if reported?.isNew(text) ?? true { context.note(text) }
  }

  private func reportWithheld() { if let text = withheld.text { report(text, .refused, about: "messages") } }

  private func sync(_ mailbox: IMAPSession.OpenMailbox, _ cleanup: MessageCleanup?) throws -> Bool {
    try sync(mailbox, cleanup, at: session.allUIDs())
  }

  private func sync(_ mailbox: IMAPSession.OpenMailbox, _ cleanup: MessageCleanup?, at present: UIDSet) throws -> Bool {
    guard let first = present.ranges.first, let last = present.ranges.last else { return false }
    let range = first.lowerBound...last.upperBound
    let key = MailboxKey(account: account.ledgerName, name: mailbox.name, uidValidity: mailbox.uidValidity)
    let source = context.mailboxes.mailbox(
      key, name: account.ledgerName(of: mailbox.name, uidValidity: mailbox.uidValidity))
    let uncommitted = try source.beginScan(context.deadline)
    let ledger = try context.ledger.ledger(of: key, within: range)
    if ledger.isRenumbered { reportRenumbering() }
    var known = UIDSet(ledger.known)
    if context.rules.retriesRejected { known = known.subtracting(UIDSet(ledger.rejected)) }
    known = known.union(UIDSet(uncommitted))
    let fresh = present.subtracting(known)
    let found = try fetchInTurn(fresh, source)
    if found == 0, !fresh.isEmpty, fresh == present, session.exists > 0 { throw session.noMessagesNamed() }
    guard let cleanup else { return !fresh.isEmpty }
    try context.commit(source)
    // Not earlier: a message read later may conflict with one that was settled before, in this run or an earlier one.
    let done = source.committed
    guard let bounds = bounds(known, done, present) else { return !fresh.isEmpty }
    let read = try context.ledger.readMessages(in: key, within: bounds)
    try cleanup.catchUp(
      read.filter { known.contains($0.uid) && !done.contains($0.uid) && present.contains($0.uid) }, source, mailbox)
    try cleanup.apply(read.filter { done.contains($0.uid) }, source)
    return !fresh.isEmpty
  }

  /// The range of messages to clean up: all present ones if some were read before, otherwise those read in this scan.
  private func bounds(_ known: UIDSet, _ done: Set<UInt32>, _ present: UIDSet) -> ClosedRange<UInt32>? {
    if !known.isEmpty, let first = present.ranges.first, let last = present.ranges.last {
      return first.lowerBound...last.upperBound
    }
    guard let lowest = done.min(), let highest = done.max() else { return nil }
    return lowest...highest
  }

  // MARK: Fetching

  /// Fetches all messages except those that may have crashed a run; or only these, each after the one before it is
  /// committed.
  /// - Returns: the number of them that exist on the server.
  private func fetchInTurn(_ fresh: UIDSet, _ source: SourceMailbox) throws -> Int {
    guard let journal = context.rules.journal, journal.hasSuspects || context.rules.readsSuspects else {
      return try fetch(fresh, source)
    }
    let suspects = fresh.ranges.flatMap { Array($0) }.compactMap { uid -> (uid: UInt32, crashes: Int)? in
      let key = ReadingJournal.Key(name: FetchedMessage.name(uid, in: source))
      guard case .suspect(let crashes) = journal.standing(of: key) else { return nil }
      return (uid, crashes)
    }
    guard context.rules.readsSuspects else {
      if context.rules.suspects != nil, !suspects.isEmpty { context.rules.suspects?.note(account.name) }
      let left = context.rules.suspects == nil ? [] : suspects.map(\.uid)
      let asked = fresh.subtracting(UIDSet(left))
      return asked.isEmpty ? left.count : try fetch(asked, source)
    }
    // Without suspects nothing was requested, so that nothing is known about messages that do not exist.
    guard !suspects.isEmpty else { return fresh.isEmpty ? 0 : 1 }
    var found = 0
    for suspect in suspects.sorted(by: { ($0.crashes, $0.uid) < ($1.crashes, $1.uid) }) {
      found += try fetch(UIDSet([suspect.uid]), source)
      try context.commit(source)
    }
    return found
  }

  private func fetch(_ fresh: UIDSet, _ source: SourceMailbox) throws -> Int {
    var rest = fresh
    var found = 0
    while !rest.isEmpty {
      let facts = try session.facts(of: rest.removeFirst(Self.window))
      found += facts.count
      context.writerQueue.post(
        .announce(messages: facts.count, bytes: facts.reduce(0) { $0 + min($1.size, context.rules.maxBytes) }))
      let tooLarge = facts.filter { $0.size > context.rules.maxBytes }
      for message in tooLarge {
        context.handOver(
          FetchedMessage(mailbox: source, facts: message, content: .failure(MessageAssembler.tooLarge(context.rules))))
      }
      try fetch(facts.filter { $0.size <= context.rules.maxBytes }, source)
    }
    return found
  }

  private func fetch(_ messages: [IMAPSession.MessageFacts], _ source: SourceMailbox) throws {
    let assembler = MessageAssembler(messages, source, context) { [session] in session.expunged }
    session.onFetch = assembler.take
    defer { session.onFetch = nil }
    var rest = UIDSet(messages.lazy.map(\.uid))
    var submitted: [String] = []
    var refusal: IMAPError?
    while !rest.isEmpty || !submitted.isEmpty {
      while submitted.count < 2, !rest.isEmpty {
        submitted.append(try session.submitFetch(rest.removeFirst(Self.batch)))
      }
      refusal = try session.finishFetch(submitted.removeFirst()) ?? refusal
    }
    try fetchAgain(assembler, source, refusal)
  }

  /// Requests messages again, one by one, that the server omitted or did not return completely: they may no longer
  /// exist, or fail only together with others. Messages that are still missing are reported and not recorded as read,
  /// so that the next run requests them again and they are not cleaned up.
  private func fetchAgain(_ assembler: MessageAssembler, _ source: SourceMailbox, _ refusal: IMAPError?) throws {
    try takeBack(assembler, source)
    guard !assembler.missing.isEmpty else { return }
    var missing = UIDSet(assembler.missing)
    let existing = Set(try session.facts(of: missing.removeFirst(Self.window)).map(\.uid))
    var left: [(uid: UInt32, why: String)] = []
    for uid in existing.sorted() {
      guard left.count < Self.maxRefetches else { break }
      assembler.askAlone(uid)
      let reason = try session.finishFetch(try session.submitFetch(UIDSet([uid]))) ?? refusal
      try takeBack(assembler, source)
      guard assembler.missing.contains(uid) else { continue }
      left.append((uid, assembler.reason(uid) ?? reason?.explanation ?? "the server gave no reason"))
    }
    withheld.add(left, count: existing.intersection(assembler.missing).count)
  }

  /// Waits until doubtful messages have been read, and marks those that are incomplete as missing again.
  private func takeBack(_ assembler: MessageAssembler, _ source: SourceMailbox) throws {
    guard !assembler.doubtful.isEmpty || !assembler.ambiguous.isEmpty else { return }
    try source.waitUntilRead(context.deadline)
    if !assembler.ambiguous.isEmpty {
      context.writerQueue.post(.forget(assembler.ambiguous, source.key))
      // After a broken connection, the next scan must not find them in the ledger.
      try context.commit(source)
      source.forget(assembler.ambiguous)
      assembler.takeBackAmbiguous()
    }
    assembler.reject(source.takeWithheld())
    assembler.trustTheRest()
  }
}
