/// Finding mails and getting them.
extension IMAPSession {
  /// What is known of a mail before it is fetched.
  public struct MessageFacts: Sendable, Hashable {
    /// Unique identifier.
    public var uid: UInt32
    /// Bytes, as the server counts them; 0 where it does not say.
    public var size: Int64
    /// Whether the server has said how large it is.
    public var hasSize = true
    /// When the server received it, epoch seconds.
    public var date: Int64?
    /// Its sequence number; nil if that is not known.
    public var number: UInt32?
    /// What its header says, asked for apart from the content; nil if the server has not said.
    public var identity: MessageIdentity?
  }

  /// Mails that are asked about at once where the server cannot answer with ranges.
  private static var searchWindow: UInt32 { 20_000 }

  /// All mails of the mailbox at hand. Where a search names none, although there are some, they are asked for in other ways.
  /// - Throws: ``IMAPError``, also if no way names any mail of a mailbox that is not empty.
  public func allMails() throws -> UIDSet {
    guard exists > 0 else { return UIDSet() }
    let ways: [() throws -> UIDSet] = [
      extendedSearch, windowedSearch, { try self.namedByFetch("UID FETCH 1:*") },
      { try self.namedByFetch("FETCH 1:\(self.exists)") },
    ]
    var refusal: IMAPError?
    for way in ways where exists > 0 {
      do {
        let found = try way()
        // Mails may have come or gone meanwhile, but not by the million.
        guard found.count <= Int(exists) + 1_000_000 else {
          throw IMAPError(.protocol, .tooManyMessages)
        }
        guard !found.isEmpty else { continue }
        let isWhole = try found.count >= Int(exists) && holdsLast(found)
        return isWhole ? found : try completed(found)
      } catch let error as IMAPError where error.kind == .refused {
        refusal = error
      }
    }
    guard exists > 0 else { return UIDSet() }
    throw namesNone(refusal)
  }

  /// The error of a server that names no message of a mailbox that is not empty, or only messages that do not exist.
  public func namesNone(_ refusal: IMAPError? = nil) -> IMAPError {
    IMAPError(.refused, .noMessagesNamed(exists: exists, refusal: refusal?.message))
  }

  /// Whether a search has found the last message: an index that is behind, or an answer to something else, may name as many as there are.
  private func holdsLast(_ found: UIDSet) throws -> Bool {
    do {
      guard let last = try namedByFetch("FETCH \(exists)").ranges.last?.upperBound else { return false }
      return found.contains(last)
    } catch let error as IMAPError where error.kind == .refused {
      return false
    }
  }

  /// What a search has named, and what it has left out: some servers search an index that is behind.
  private func completed(_ found: UIDSet) throws -> UIDSet {
    do {
      return found.union(try namedByFetch("UID FETCH 1:*"))
    } catch let error as IMAPError where error.kind == .refused {
      return found
    }
  }

  private func extendedSearch() throws -> UIDSet {
    guard can("ESEARCH") || can("IMAP4REV2") else { return UIDSet() }
    return try collect("UID SEARCH RETURN (ALL) ALL")
  }

  private func windowedSearch() throws -> UIDSet {
    var ranges: [ClosedRange<UInt32>] = []
    var first: UInt32 = 1
    while first <= exists {
      // By sequence number, because these have no gaps: so no answer is longer than it should be.
      let last = min(exists, first.addingReportingOverflow(Self.searchWindow - 1).partialValue)
      ranges += try collect("UID SEARCH \(first):\(max(first, last))").ranges
      // Where the first window names nothing, the others are not worth asking.
      guard last < UInt32.max, last >= first, !ranges.isEmpty else { break }
      first = last + 1
    }
    return UIDSet(ranges)
  }

  /// The mails that a search names, in whichever form the server answers.
  private func collect(_ search: String) throws -> UIDSet {
    var ranges: [ClosedRange<UInt32>] = []
    let ownTag = nextTag
    try run(IMAPCommand(search)) { response in
      switch response {
      case .search(let uids): ranges += uids.ranges
      // RFC 4731 section 3.1: the tag tells which command is answered.
      case .extendedSearch(let tag, let uids) where tag == nil || tag == ownTag: ranges += uids.ranges
      default: break
      }
    }
    return UIDSet(ranges)
  }

  private func namedByFetch(_ command: String) throws -> UIDSet {
    var ranges: [ClosedRange<UInt32>] = []
    let outer = onMail
    onMail = nil
    defer { onMail = outer }
    try run(IMAPCommand("\(command) (UID)")) { response in
      guard case .fetch(let fetch) = response, let uid = fetch.uid else { return }
      if let last = ranges.last, last.upperBound < UInt32.max, last.upperBound + 1 == uid {
        ranges[ranges.count - 1] = last.lowerBound...uid
      } else {
        ranges.append(uid...uid)
      }
    }
    return UIDSet(ranges)
  }

  /// Bytes of the header fields that tell one mail from another. More are not asked for: an attacker writes them.
  private static var identityBytes: Int { 8_192 }

  /// What is known of mails; those that are gone are left out. Some servers refuse the whole question because of one mail that they
  /// cannot read: then nothing is known of those that they have not answered for, but that they may be there.
  /// - Throws: ``IMAPError``.
  public func facts(of uids: UIDSet) throws -> [MessageFacts] {
    var facts: [UInt32: MessageFacts] = [:]
    let fields = MessageIdentity.names.joined(separator: " ").uppercased()
    let identity = " BODY.PEEK[HEADER.FIELDS (\(fields))]<0.\(Self.identityBytes)>"
    var isWhole = try ask(uids, "UID RFC822.SIZE INTERNALDATE\(identity)", &facts)
    // A message whose header cannot be read may be left out, but it is there.
    let rest = uids.subtracting(UIDSet(facts.keys))
    if !rest.isEmpty { isWhole = try ask(rest, "UID RFC822.SIZE INTERNALDATE", &facts) }
    if !isWhole {
      for uid in uids.ranges.joined() where facts[uid] == nil {
        facts[uid] = MessageFacts(uid: uid, size: 0, hasSize: false, date: nil)
      }
    }
    return facts.values.sorted { $0.uid < $1.uid }
  }

  /// - Returns: whether mails are gone that there is no answer for.
  private func ask(_ uids: UIDSet, _ items: String, _ facts: inout [UInt32: MessageFacts]) throws -> Bool {
    var found = facts
    // Whether there are answers that do not say, or say in a wrong form, what they are about.
    var isUnclear = false
    let outer = (onMail, onData)
    defer { (onMail, onData) = outer }
    onMail = nil
    onData = { response in
      guard case .fetch(let fetch) = response else { return }
      guard let uid = fetch.uid, !fetch.isMalformed else {
        isUnclear = isUnclear || fetch.isMalformed || fetch.size != nil
        return
      }
      guard uids.contains(uid) else { return }
      // News of flags may come at any time, and tell nothing of size and date.
      let known = found[uid]
      let size = fetch.size ?? (known?.hasSize == true ? known?.size : nil)
      let header = fetch.header.flatMap { $0.count < Self.identityBytes ? MessageIdentity(header: $0) : nil }
      found[uid] = MessageFacts(
        uid: uid, size: size ?? 0, hasSize: size != nil, date: fetch.date ?? known?.date, number: fetch.number,
        identity: header ?? known?.identity)
    }
    let expungedBefore = expunged
    let refusal = try finishFetch(try submit(IMAPCommand("UID FETCH \(uids) (\(items))")))
    if expunged != expungedBefore { for uid in found.keys { found[uid]?.number = nil } }
    facts = found
    return refusal == nil && !isUnclear
  }

  /// Asks for whole mails without touching them; ``onMail`` hears of them.
  /// - Returns: the tag to wait for.
  /// - Throws: ``IMAPError``.
  public func submitFetch(_ uids: UIDSet) throws -> String {
    try submit(IMAPCommand("UID FETCH \(uids) (UID BODY.PEEK[])"))
  }

  /// Waits until all mails have come that a command asked for.
  /// - Returns: why the server did not give all of them, if it said so: some will not be had before the others.
  /// - Throws: ``IMAPError``.
  public func finishFetch(_ tag: String) throws -> IMAPError? {
    let status = try anyResult(of: tag)
    guard status.condition != .ok else { return nil }
    let error = IMAPError(refusing: "UID FETCH", status)
    guard error.kind == .refused || error.kind == .mailbox else { throw error }
    return error
  }

  /// Size, and the header fields that tell one mail from another, of mails that are still there.
  /// - Throws: ``IMAPError``.
  public func fingerprint(of set: String) throws -> [(uid: UInt32, fingerprint: MessageFingerprint)] {
    var found: [(uid: UInt32, fingerprint: MessageFingerprint)] = []
    let outer = onMail
    onMail = nil
    defer { onMail = outer }
    try run(IMAPCommand("UID FETCH \(set) (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)])")) {
      guard case .fetch(let fetch) = $0, let uid = fetch.uid, let size = fetch.size else { return }
      found.append((uid, MessageFingerprint(size: size, header: fetch.header ?? [])))
    }
    return found
  }
}

/// What copies of one mail have in common, wherever they are.
public struct MessageFingerprint: Sendable, Hashable {
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
