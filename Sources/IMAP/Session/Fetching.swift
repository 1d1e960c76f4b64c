/// Finding mails and getting them.
extension Session {
  /// What is known of a mail before it is fetched.
  public struct MailFacts: Sendable, Hashable {
    /// Unique identifier.
    public var uid: UInt32
    /// Bytes, as the server counts them; 0 where it does not say.
    public var size: Int64
    /// When the server received it, epoch seconds.
    public var date: Int64?
  }

  /// Mails that are asked about at once where the server cannot answer with ranges.
  private static var searchWindow: UInt32 { 20_000 }

  /// All mails of the mailbox at hand.
  /// - Throws: ``IMAPError``.
  public func allMails() throws -> UIDSet {
    guard exists > 0 else { return UIDSet() }
    var found = UIDSet()
    if can("ESEARCH") || can("IMAP4REV2") {
      try run(Command("UID SEARCH RETURN (ALL) ALL")) { if case .extendedSearch(_, let all) = $0 { found = all } }
    } else {
      var first: UInt32 = 1
      while first <= exists {
        // By sequence number, because these have no gaps: so no answer is longer than it should be.
        let last = min(exists, first.addingReportingOverflow(Self.searchWindow - 1).partialValue)
        var window: [UInt32] = []
        try run(Command("UID SEARCH \(first):\(max(first, last))")) { response in
          if case .search(let uids) = response { window += uids }
        }
        found = found.union(UIDSet(window))
        guard last < UInt32.max, last >= first else { break }
        first = last + 1
      }
    }
    // Mails may have come or gone meanwhile, but not by the million.
    guard found.count <= Int(exists) + 1_000_000 else {
      throw IMAPError(.protocol, "the server names more mails than it says it has")
    }
    return found
  }

  /// Size and date of mails; those that are gone are left out. Some servers refuse the whole question because of one mail that they
  /// cannot read: then nothing is known of those that they have not answered for, but that they may be there.
  /// - Throws: ``IMAPError``.
  public func facts(of uids: UIDSet) throws -> [MailFacts] {
    var facts: [UInt32: MailFacts] = [:]
    let outer = onMail
    onMail = nil
    defer { onMail = outer }
    let outerData = onData
    onData = { response in
      guard case .fetch(let fetch) = response, let uid = fetch.uid, uids.contains(uid) else { return }
      // News of flags may come at any time, and tell nothing of size and date.
      let known = facts[uid]
      facts[uid] = MailFacts(uid: uid, size: fetch.size ?? known?.size ?? 0, date: fetch.date ?? known?.date)
    }
    defer { onData = outerData }
    if try finishFetch(try submit(Command("UID FETCH \(uids) (UID RFC822.SIZE INTERNALDATE)"))) != nil {
      for uid in uids.ranges.joined() where facts[uid] == nil { facts[uid] = MailFacts(uid: uid, size: 0, date: nil) }
    }
    return facts.values.sorted { $0.uid < $1.uid }
  }

  /// Asks for whole mails without touching them; ``onMail`` hears of them.
  /// - Returns: the tag to wait for.
  /// - Throws: ``IMAPError``.
  public func submitFetch(_ uids: UIDSet) throws -> String {
    try submit(Command("UID FETCH \(uids) (UID BODY.PEEK[])"))
  }

  /// Waits until all mails have come that a command asked for.
  /// - Returns: why the server did not give all of them, if it said so: some will not be had before the others.
  /// - Throws: ``IMAPError``.
  public func finishFetch(_ tag: String) throws -> IMAPError? {
    let status = try anyResult(of: tag)
    guard status.condition != .ok else { return nil }
    let error = Refusal.explain(status, of: "UID FETCH")
    guard error.kind == .refused || error.kind == .mailbox else { throw error }
    return error
  }

  /// Size, and the header fields that tell one mail from another, of mails that are still there.
  /// - Throws: ``IMAPError``.
  public func likeness(of set: String) throws -> [(uid: UInt32, likeness: MailLikeness)] {
    var found: [(uid: UInt32, likeness: MailLikeness)] = []
    let outer = onMail
    onMail = nil
    defer { onMail = outer }
    try run(Command("UID FETCH \(set) (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)])")) {
      guard case .fetch(let fetch) = $0, let uid = fetch.uid, let size = fetch.size else { return }
      found.append((uid, MailLikeness(size: size, header: fetch.header ?? [])))
    }
    return found
  }
}

/// What copies of one mail have in common, wherever they are.
public struct MailLikeness: Sendable, Hashable {
  private let size: Int64
  private let headerBytes: Int
  /// Of the header fields; they may be long, and many.
  private let headerHash: Int

  init(size: Int64, header: [UInt8]) {
    self.size = size
    headerBytes = header.count
    headerHash = header.hashValue
  }
}
