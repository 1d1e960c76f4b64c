import DMARC
import Foundation
import IMAP
import Intake
import Settings
import Store

/// Goes through one mailbox once: fetches what is new, and clears away what is stored.
struct MailboxSync {
  private let session: IMAPSession
  private let account: MailAccount
  /// As the person wrote it.
  private let folder: String
  private let context: FetchContext
  /// What has been told at earlier looks; nil if this is the only one.
  private let reported: ReportedProblems?
  /// Messages that the server does not give.
  private let withheld = WithheldContent()

  /// Messages asked for by one command. Two commands are under way, so that the line is never idle.
  private static let batch = 500
  /// Messages whose sizes are asked for at once.
  private static let window = 5_000
  /// Messages that are left out also when they are asked for again one by one, after which no more are asked for.
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

  /// - Returns: whether there was anything to fetch.
  /// - Throws: ``IMAPError``.
  @discardableResult
  func run() throws -> Bool {
    reported?.beginScan()
    guard let lock = MailboxLock(context.rules.lockFile, account.ledgerName(of: folder, uidValidity: 0)) else {
      context.note("\(account.name): another dmarcstat is reading \(folder), and is left to it")
      context.writerQueue.post(.unchecked(account: account.name))
      return false
    }
    defer { lock.release() }
    let (name, exists) = try session.resolve(folder)
    guard exists else {
      throw IMAPError(
        .mailbox, "there is no folder \"\(folder)\": `dmarcstat accounts folders` lists those that there are")
    }
    let onlyReads = context.rules.isDryRun || account.onlyReads
    var cleanup = onlyReads ? nil : try cleanup(name)
    let mailbox = try session.select(name, readOnly: onlyReads)
    context.writerQueue.post(.opened)
    if mailbox.isReadOnly, cleanup != nil {
      context.note("\(account.name): \(folder) can only be read, so its mails stay as they are")
      cleanup = nil
    }
    defer { reportWithheld() }
    return try sync(mailbox, cleanup)
  }

  /// A mailbox to move to that cannot be had is no reason to leave reports unread.
  private func cleanup(_ name: String) throws -> MessageCleanup? {
    do {
      return try MessageCleanup(session, account, name, context)
    } catch let error as IMAPError where error.kind == .mailbox || error.kind == .refused {
      report("\(error.explanation); its mails are read and stay where they are", error.kind, about: "target")
      return nil
    }
  }

  /// - Parameter part: what of the folder has the problem; problems of other parts begin and end by themselves.
  private func report(_ text: String, _ kind: IMAPError.Kind, about part: String) {
    guard reported?.isNew(text) ?? true else { return }
    context.report("\(account.name), \(folder)", text, kind, notice: account.notice("\(folder), \(part)"))
  }

  /// A watch tells once of a server that does this at each look.
  private func reportRenumbering() {
    let text =
      "\(account.name): the server has numbered the mails in \(folder) anew; all are read again, and none counts twice"
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
    // Only now: a message that was read later may be in conflict with one that was settled before, in this run or an earlier one.
    let done = source.committed
    guard let bounds = bounds(known, done, present) else { return !fresh.isEmpty }
    let read = try context.ledger.readMessages(in: key, within: bounds)
    try cleanup.catchUp(
      read.filter { known.contains($0.uid) && !done.contains($0.uid) && present.contains($0.uid) }, source, mailbox)
    try cleanup.apply(read.filter { done.contains($0.uid) }, source)
    return !fresh.isEmpty
  }

  /// The messages that something may have to be done with: all that are there if some were read before, else those that have been read now.
  private func bounds(_ known: UIDSet, _ done: Set<UInt32>, _ present: UIDSet) -> ClosedRange<UInt32>? {
    if !known.isEmpty, let first = present.ranges.first, let last = present.ranges.last {
      return first.lowerBound...last.upperBound
    }
    guard let least = done.min(), let most = done.max() else { return nil }
    return least...most
  }

  // MARK: Fetching

  /// Fetches all messages but those that a run may have died of; or these, each when the one before it is committed.
  /// - Returns: how many of them the server knows.
  private func fetchInTurn(_ fresh: UIDSet, _ source: SourceMailbox) throws -> Int {
    guard let journal = context.rules.journal, journal.hasSuspects || context.rules.readsSuspects else {
      return try fetch(fresh, source)
    }
    let suspects = fresh.ranges.flatMap { Array($0) }.compactMap { uid -> (uid: UInt32, deaths: Int)? in
      let key = ReadingJournal.Key(name: FetchedMessage.name(uid, in: source))
      guard case .suspect(let deaths) = journal.standing(of: key) else { return nil }
      return (uid, deaths)
    }
    guard context.rules.readsSuspects else {
      if context.rules.suspects != nil, !suspects.isEmpty { context.rules.suspects?.note(account.name) }
      let left = context.rules.suspects == nil ? [] : suspects.map(\.uid)
      let asked = fresh.subtracting(UIDSet(left))
      return asked.isEmpty ? left.count : try fetch(asked, source)
    }
    // Where there is none, nothing was asked that could tell of messages that are not there.
    guard !suspects.isEmpty else { return fresh.isEmpty ? 0 : 1 }
    var found = 0
    for suspect in suspects.sorted(by: { ($0.deaths, $0.uid) < ($1.deaths, $1.uid) }) {
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

  /// Asks once more, one by one, for what the server has left out or not given whole: it may be gone, or not be given with others. What
  /// still does not come is reported, and in no way remembered as read, so that the next run asks again and nothing is cleared away.
  private func fetchAgain(_ assembler: MessageAssembler, _ source: SourceMailbox, _ refusal: IMAPError?) throws {
    try takeBack(assembler, source)
    guard !assembler.missing.isEmpty else { return }
    var missing = UIDSet(assembler.missing)
    let there = Set(try session.facts(of: missing.removeFirst(Self.window)).map(\.uid))
    var left: [(uid: UInt32, why: String)] = []
    for uid in there.sorted() {
      guard left.count < Self.maxRefetches else { break }
      assembler.askAlone(uid)
      let reason = try session.finishFetch(try session.submitFetch(UIDSet([uid]))) ?? refusal
      try takeBack(assembler, source)
      guard assembler.missing.contains(uid) else { continue }
      left.append((uid, assembler.reason(uid) ?? reason?.explanation ?? "it says nothing of why"))
    }
    withheld.add(left, count: there.intersection(assembler.missing).count)
  }

  /// Waits until doubtful messages have been read, and asks again for those that are not whole.
  private func takeBack(_ assembler: MessageAssembler, _ source: SourceMailbox) throws {
    guard !assembler.doubtful.isEmpty || !assembler.ambiguous.isEmpty else { return }
    try source.waitUntilRead(context.deadline)
    if !assembler.ambiguous.isEmpty {
      context.writerQueue.post(.forget(assembler.ambiguous, source.key))
      // Another look, after a broken connection, must not find them in the ledger.
      try context.commit(source)
      source.forget(assembler.ambiguous)
      assembler.takeBackAmbiguous()
    }
    assembler.reject(source.takeWithheld())
    assembler.trustTheRest()
  }
}
