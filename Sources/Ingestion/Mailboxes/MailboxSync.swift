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
  private let desk: FetchContext
  /// What has been told at earlier looks; nil if this is the only one.
  private let told: ReportedProblems?
  /// Messages that the server does not give.
  private let losses = WithheldContent()

  /// Messages asked for by one command. Two commands are under way, so that the line is never idle.
  private static let batch = 500
  /// Messages whose sizes are asked for at once.
  private static let window = 5_000
  /// Messages that are left out also when they are asked for again one by one, after which no more are asked for.
  private static let mostSecondTries = 50

  init(
    _ session: IMAPSession, _ account: MailAccount, _ folder: String, _ desk: FetchContext,
    told: ReportedProblems? = nil
  ) {
    self.session = session
    self.account = account
    self.folder = folder
    self.desk = desk
    self.told = told
  }

  /// - Returns: whether there was anything to fetch.
  /// - Throws: ``IMAPError``.
  @discardableResult
  func run() throws -> Bool {
    told?.beginLook()
    guard let lock = MailboxLock(desk.rules.lockFile, account.ledgerName(of: folder, uidValidity: 0)) else {
      desk.note("\(account.name): another dmarcstat is reading \(folder), and is left to it")
      desk.writer.post(.unseen(account: account.name))
      return false
    }
    defer { lock.release() }
    let (name, exists) = try session.resolve(folder)
    guard exists else {
      throw IMAPError(
        .mailbox, "there is no folder \"\(folder)\": `dmarcstat accounts folders` lists those that there are")
    }
    let onlyReads = desk.rules.isDryRun || account.onlyReads
    var clearing = onlyReads ? nil : try clearing(name)
    let mailbox = try session.select(name, readOnly: onlyReads)
    desk.writer.post(.opened)
    if mailbox.isReadOnly, clearing != nil {
      desk.note("\(account.name): \(folder) can only be read, so its mails stay as they are")
      clearing = nil
    }
    defer { tellLosses() }
    return try look(mailbox, clearing)
  }

  /// A mailbox to move to that cannot be had is no reason to leave reports unread.
  private func clearing(_ name: String) throws -> MessageCleanup? {
    do {
      return try MessageCleanup(session, account, name, desk)
    } catch let error as IMAPError where error.kind == .mailbox || error.kind == .refused {
      tell("\(error.explanation); its mails are read and stay where they are", error.kind, about: "target")
      return nil
    }
  }

  /// - Parameter part: what of the folder has the problem; problems of other parts begin and end by themselves.
  private func tell(_ text: String, _ kind: IMAPError.Kind, about part: String) {
    guard told?.isNew(text) ?? true else { return }
    desk.tell("\(account.name), \(folder)", text, kind, notice: account.notice("\(folder), \(part)"))
  }

  /// A watch tells once of a server that does this at each look.
  private func tellRenumbered() {
    let text =
      "\(account.name): the server has numbered the mails in \(folder) anew; all are read again, and none counts twice"
    if told?.isNew(text) ?? true { desk.note(text) }
  }

  private func tellLosses() { if let text = losses.text { tell(text, .refused, about: "messages") } }

  private func look(_ mailbox: IMAPSession.OpenMailbox, _ clearing: MessageCleanup?) throws -> Bool {
    try look(mailbox, clearing, at: session.allMails())
  }

  private func look(_ mailbox: IMAPSession.OpenMailbox, _ clearing: MessageCleanup?, at present: UIDSet) throws -> Bool
  {
    guard let first = present.ranges.first, let last = present.ranges.last else { return false }
    let range = first.lowerBound...last.upperBound
    let key = MailboxKey(account: account.ledgerName, name: mailbox.name, uidValidity: mailbox.uidValidity)
    let source = desk.mailboxes.mailbox(
      key, name: account.ledgerName(of: mailbox.name, uidValidity: mailbox.uidValidity))
    let uncommitted = try source.beginLook(desk.stop)
    let ledger = try desk.ledger.ledger(of: key, within: range)
    if ledger.isRenumbered { tellRenumbered() }
    var known = UIDSet(ledger.known)
    if desk.rules.retriesRejected { known = known.subtracting(UIDSet(ledger.rejected)) }
    known = known.union(UIDSet(uncommitted))
    let fresh = present.subtracting(known)
    let found = try fetchInTurn(fresh, source)
    if found == 0, !fresh.isEmpty, fresh == present, session.exists > 0 { throw session.namesNone() }
    guard let clearing else { return !fresh.isEmpty }
    try desk.commit(source)
    // Only now: a message that was read later may be in conflict with one that was settled before, in this run or an earlier one.
    let done = source.committed
    guard let bounds = bounds(known, done, present) else { return !fresh.isEmpty }
    let read = try desk.ledger.readMessages(in: key, within: bounds)
    try clearing.catchUp(
      read.filter { known.contains($0.uid) && !done.contains($0.uid) && present.contains($0.uid) }, source, mailbox)
    try clearing.apply(read.filter { done.contains($0.uid) }, source)
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
    guard let journal = desk.rules.journal, journal.hasSuspects || desk.rules.readsSuspects else {
      return try fetch(fresh, source)
    }
    let suspects = fresh.ranges.flatMap { Array($0) }.compactMap { uid -> (uid: UInt32, deaths: Int)? in
      let key = ReadingJournal.Key(name: FetchedMessage.name(uid, in: source))
      guard case .suspect(let deaths) = journal.standing(of: key) else { return nil }
      return (uid, deaths)
    }
    guard desk.rules.readsSuspects else {
      if desk.rules.suspects != nil, !suspects.isEmpty { desk.rules.suspects?.note(account.name) }
      let left = desk.rules.suspects == nil ? [] : suspects.map(\.uid)
      let asked = fresh.subtracting(UIDSet(left))
      return asked.isEmpty ? left.count : try fetch(asked, source)
    }
    // Where there is none, nothing was asked that could tell of messages that are not there.
    guard !suspects.isEmpty else { return fresh.isEmpty ? 0 : 1 }
    var found = 0
    for suspect in suspects.sorted(by: { ($0.deaths, $0.uid) < ($1.deaths, $1.uid) }) {
      found += try fetch(UIDSet([suspect.uid]), source)
      try desk.commit(source)
    }
    return found
  }

  private func fetch(_ fresh: UIDSet, _ source: SourceMailbox) throws -> Int {
    var rest = fresh
    var found = 0
    while !rest.isEmpty {
      let facts = try session.facts(of: rest.removeFirst(Self.window))
      found += facts.count
      desk.writer.post(
        .announce(messages: facts.count, bytes: facts.reduce(0) { $0 + min($1.size, desk.rules.mostBytes) }))
      let tooLarge = facts.filter { $0.size > desk.rules.mostBytes }
      for mail in tooLarge {
        desk.handOver(
          FetchedMessage(mailbox: source, facts: mail, content: .failure(MessageAssembler.tooLarge(desk.rules))))
      }
      try fetch(facts.filter { $0.size <= desk.rules.mostBytes }, source)
    }
    return found
  }

  private func fetch(_ mails: [IMAPSession.MessageFacts], _ source: SourceMailbox) throws {
    let collector = MessageAssembler(mails, source, desk) { [session] in session.expunged }
    session.onMail = collector.take
    defer { session.onMail = nil }
    var rest = UIDSet(mails.lazy.map(\.uid))
    var underWay: [String] = []
    var refusal: IMAPError?
    while !rest.isEmpty || !underWay.isEmpty {
      while underWay.count < 2, !rest.isEmpty { underWay.append(try session.submitFetch(rest.removeFirst(Self.batch))) }
      refusal = try session.finishFetch(underWay.removeFirst()) ?? refusal
    }
    try fetchAgain(collector, source, refusal)
  }

  /// Asks once more, one by one, for what the server has left out or not given whole: it may be gone, or not be given with others. What
  /// still does not come is reported, and in no way remembered as read, so that the next run asks again and nothing is cleared away.
  private func fetchAgain(_ collector: MessageAssembler, _ source: SourceMailbox, _ refusal: IMAPError?) throws {
    try takeBack(collector, source)
    guard !collector.missing.isEmpty else { return }
    var missing = UIDSet(collector.missing)
    let there = Set(try session.facts(of: missing.removeFirst(Self.window)).map(\.uid))
    var left: [(uid: UInt32, why: String)] = []
    for uid in there.sorted() {
      guard left.count < Self.mostSecondTries else { break }
      collector.askAlone(uid)
      let reason = try session.finishFetch(try session.submitFetch(UIDSet([uid]))) ?? refusal
      try takeBack(collector, source)
      guard collector.missing.contains(uid) else { continue }
      left.append((uid, collector.reason(uid) ?? reason?.explanation ?? "it says nothing of why"))
    }
    losses.add(left, count: there.intersection(collector.missing).count)
  }

  /// Waits until doubtful messages have been read, and asks again for those that are not whole.
  private func takeBack(_ collector: MessageAssembler, _ source: SourceMailbox) throws {
    guard !collector.doubtful.isEmpty || !collector.ambiguous.isEmpty else { return }
    try source.waitUntilRead(desk.stop)
    if !collector.ambiguous.isEmpty {
      desk.writer.post(.forget(collector.ambiguous, source.key))
      // Another look, after a broken connection, must not find them in the ledger.
      try desk.commit(source)
      source.forget(collector.ambiguous)
      collector.takeBackAmbiguous()
    }
    collector.reject(source.takeNotGiven())
    collector.trustTheRest()
  }
}
