/// Searching for messages and fetching them.
extension IMAPSession {
  /// Facts about a message that are known before its content is fetched.
  package struct MessageFacts: Sendable, Hashable {
    /// Unique identifier.
    package var uid: UInt32
    /// Size in bytes, as reported by the server; 0 if it did not report one.
    package var size: Int64
    /// Whether the server reported a size.
    package var hasSize = true
    /// When the server received the message, epoch seconds.
    package var date: Int64?
    /// Sequence number, if known.
    package var number: UInt32?
    /// Identity in its header, which is requested separately from the content; nil if the server did not report it.
    package var identity: MessageIdentity?
  }

  /// Messages per SEARCH command if the server cannot answer with ranges (ESEARCH).
  private static var searchWindow: UInt32 { 20_000 }

  /// The UIDs of all messages in the selected mailbox. If a search lists none although the mailbox is not empty, other
  /// commands are tried.
  /// - Throws: ``IMAPError``, also if no command lists any message of a mailbox that is not empty.
  package func allUIDs() throws -> UIDSet {
    guard exists > 0 else { return UIDSet() }
    let searches: [() throws -> UIDSet] = [
      extendedSearch, windowedSearch, { try self.uidsByFetch("UID FETCH 1:*") },
      { try self.uidsByFetch("FETCH 1:\(self.exists)") },
    ]
    var refusal: IMAPError?
    for search in searches where exists > 0 {
      do {
        let found = try search()
        // Messages may have been added or removed in the meantime, but not by the million.
        guard found.count <= Int(exists) + 1_000_000 else {
          throw IMAPError(.protocol, .tooManyMessages)
        }
        guard !found.isEmpty else { continue }
        let isWhole = try found.count >= Int(exists) && containsLast(found)
        return isWhole ? found : try completed(found)
      } catch let error as IMAPError where error.kind == .refused {
        refusal = error
      }
    }
    guard exists > 0 else { return UIDSet() }
    throw noMessagesNamed(refusal)
  }

  /// The error for a server that lists no message of a mailbox that is not empty, or only messages that do not exist.
  package func noMessagesNamed(_ refusal: IMAPError? = nil) -> IMAPError {
    IMAPError(.refused, .noMessagesNamed(exists: exists, refusal: refusal?.message))
  }

  /// Whether a search found the last message. An outdated index may list the right number of messages, but not the
  /// right ones.
  private func containsLast(_ found: UIDSet) throws -> Bool {
    do {
      guard let last = try uidsByFetch("FETCH \(exists)").ranges.last?.upperBound else { return false }
      return found.contains(last)
    } catch let error as IMAPError where error.kind == .refused {
      return false
    }
  }

  /// Adds the messages that a search missed, because some servers search an outdated index.
  private func completed(_ found: UIDSet) throws -> UIDSet {
    do {
      return found.union(try uidsByFetch("UID FETCH 1:*"))
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
      // Sequence numbers have no gaps, so that the length of each response is bounded.
      let last = min(exists, first.addingReportingOverflow(Self.searchWindow - 1).partialValue)
      ranges += try collect("UID SEARCH \(first):\(max(first, last))").ranges
      // If the first window is empty, the others are not worth trying.
      guard last < UInt32.max, last >= first, !ranges.isEmpty else { break }
      first = last + 1
    }
    return UIDSet(ranges)
  }

  /// The UIDs listed by a search, in either form of response.
  private func collect(_ search: String) throws -> UIDSet {
    var ranges: [ClosedRange<UInt32>] = []
    let ownTag = nextTag
    try run(IMAPCommand(search)) { response in
      switch response {
      case .search(let uids): ranges += uids.ranges
      // RFC 4731 section 3.1: the tag identifies the command that is answered.
      case .extendedSearch(let tag, let uids) where tag == nil || tag == ownTag: ranges += uids.ranges
      default: break
      }
    }
    return UIDSet(ranges)
  }

  private func uidsByFetch(_ command: String) throws -> UIDSet {
    var ranges: [ClosedRange<UInt32>] = []
    let outer = onFetch
    onFetch = nil
    defer { onFetch = outer }
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

  /// Maximum number of bytes to request of the header fields that identify a message: an attacker controls them.
  private static var identityBytes: Int { 8_192 }

  /// The facts about messages, except for those that no longer exist. Some servers refuse the whole command because of
  /// one message that they cannot read: each message without a response is then returned without facts, because it may
  /// still exist.
  /// - Throws: ``IMAPError``.
  package func facts(of uids: UIDSet) throws -> [MessageFacts] {
    var facts: [UInt32: MessageFacts] = [:]
    let fields = MessageIdentity.names.joined(separator: " ").uppercased()
    let identity = " BODY.PEEK[HEADER.FIELDS (\(fields))]<0.\(Self.identityBytes)>"
    var isWhole = try requestFacts(uids, "UID RFC822.SIZE INTERNALDATE\(identity)", &facts)
    // A server may omit a message whose header it cannot read, although the message exists.
    let rest = uids.subtracting(UIDSet(facts.keys))
    if !rest.isEmpty { isWhole = try requestFacts(rest, "UID RFC822.SIZE INTERNALDATE", &facts) }
    if !isWhole {
      for uid in uids.ranges.joined() where facts[uid] == nil {
        facts[uid] = MessageFacts(uid: uid, size: 0, hasSize: false, date: nil)
      }
    }
    return facts.values.sorted { $0.uid < $1.uid }
  }

  /// Requests items of messages and adds the answers to `facts`.
  /// - Returns: whether messages without an answer no longer exist.
  private func requestFacts(_ uids: UIDSet, _ items: String, _ facts: inout [UInt32: MessageFacts]) throws -> Bool {
    var found = facts
    // Whether a response was malformed, or did not say which message it is about.
    var isAmbiguous = false
    let outer = (onFetch, onData)
    defer { (onFetch, onData) = outer }
    onFetch = nil
    onData = { response in
      guard case .fetch(let fetch) = response else { return }
      guard let uid = fetch.uid, !fetch.isMalformed else {
        isAmbiguous = isAmbiguous || fetch.isMalformed || fetch.size != nil
        return
      }
      guard uids.contains(uid) else { return }
      // Changes of flags may be reported at any time, without size and date.
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
    return refusal == nil && !isAmbiguous
  }

  /// Requests complete messages without setting their flags; ``onFetch`` receives them.
  /// - Returns: the tag to pass to ``finishFetch(_:)``.
  /// - Throws: ``IMAPError``.
  package func submitFetch(_ uids: UIDSet) throws -> String {
    try submit(IMAPCommand("UID FETCH \(uids) (UID BODY.PEEK[])"))
  }

  /// Waits until a FETCH command is complete.
  /// - Returns: the reason given by the server if it refused the command; some messages may then be missing.
  /// - Throws: ``IMAPError``.
  package func finishFetch(_ tag: String) throws -> IMAPError? {
    let status = try anyResult(of: tag)
    guard status.condition != .ok else { return nil }
    let error = IMAPError(refusing: "UID FETCH", status)
    guard error.kind == .refused || error.kind == .mailbox else { throw error }
    return error
  }

  /// The fingerprints of messages, except for those that no longer exist.
  /// - Throws: ``IMAPError``.
  package func fingerprint(of set: String) throws -> [(uid: UInt32, fingerprint: MessageFingerprint)] {
    var found: [(uid: UInt32, fingerprint: MessageFingerprint)] = []
    let outer = onFetch
    onFetch = nil
    defer { onFetch = outer }
    try run(IMAPCommand("UID FETCH \(set) (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)])")) {
      guard case .fetch(let fetch) = $0, let uid = fetch.uid, let size = fetch.size else { return }
      found.append((uid, MessageFingerprint(size: size, header: fetch.header ?? [])))
    }
    return found
  }
}

/// A value that is equal for all copies of a message: its size and a hash of its identifying header fields.
package struct MessageFingerprint: Sendable, Hashable {
  private let size: Int64
  private let headerBytes: Int
  /// Hash of the header fields, which may be long.
  private let headerHash: Int

  init(size: Int64, header: [UInt8]) {
    self.size = size
    headerBytes = header.count
    headerHash = header.hashValue
  }
}
