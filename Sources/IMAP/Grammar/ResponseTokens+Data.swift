/// Untagged data (RFC 9051 §7.2 to §7.5).
extension ResponseTokens {
  /// Parses the tokens into a response.
  /// - Throws: ``ProtocolError`` for a malformed response with a known name.
  func response() throws(ProtocolError) -> IMAPResponse {
    guard let first = tokens.first else { throw ProtocolError("it sent an empty response") }
    if let number = number(first), tokens.count > 1 {
      guard let number = UInt32(exactly: number) else { throw malformed(tokens[1]) }
      return try numbered(number)
    }
    let rest = tokens.dropFirst()
    switch text(first).uppercased() {
    case "CAPABILITY": return .capability(rest.map { text($0).uppercased() })
    case "SEARCH": return .search(try search(rest))
    case "ESEARCH": return try extendedSearch(rest)
    case "LIST", "LSUB": return .list(try listing(rest, first))
    case "NAMESPACE": return namespace(rest)
    case "ID": return .id(pairs(rest))
    case "MYRIGHTS":
      guard rest.count == 2 else { throw malformed(first) }
      return .rights(text(tokens[2]))
    case "STATUS": return try mailboxStatus(rest, first)
    default: return .other(name: text(first))
    }
  }

  private func malformed(_ name: Token) -> ProtocolError {
    ProtocolError("it sent a malformed \(text(name).prefix(20)) response")
  }

  private func numbered(_ number: UInt32) throws(ProtocolError) -> IMAPResponse {
    switch text(tokens[1]).uppercased() {
    case "EXISTS": return .exists(number)
    case "EXPUNGE": return .expunge(number)
    case "FETCH": return .fetch(fetch(number))
    default: return .other(name: text(tokens[1]))
    }
  }

  private func search(_ words: ArraySlice<Token>) throws(ProtocolError) -> UIDSet {
    var numbers = folded
    numbers.reserveCapacity(folded.count + words.count)
    for word in words {
      // RFC 7162 §3.1.5: a list may follow the numbers.
      if word.kind == .open { break }
      guard let number = number(word).flatMap({ UInt32(exactly: $0) }), number > 0 else { throw malformed(tokens[0]) }
      numbers.append(number...number)
    }
    return UIDSet(numbers)
  }

  private func extendedSearch(_ words: ArraySlice<Token>) throws(ProtocolError) -> IMAPResponse {
    var words = words
    var tag: String?
    if words.first?.kind == .open, let close = words.firstIndex(where: { $0.kind == .close }) {
      if close - words.startIndex == 3 { tag = text(words[words.startIndex + 2]) }
      words = words[(close + 1)...]
    }
    var all = UIDSet()
    while let name = words.popFirst() {
      if text(name).uppercased() == "UID" { continue }
      guard let value = words.popFirst() else { throw malformed(tokens[0]) }
      if text(name).uppercased() == "ALL" {
        guard let set = UIDSet(bytes[value.range]) else { throw malformed(tokens[0]) }
        all = folded.isEmpty ? set : UIDSet(folded + set.ranges)
      } else if value.kind == .open {
        try skipList(&words)
      }
    }
    return .extendedSearch(tag: tag, all: all)
  }

  private func listing(_ words: ArraySlice<Token>, _ name: Token) throws(ProtocolError) -> MailboxListing {
    guard words.first?.kind == .open, let close = words.firstIndex(where: { $0.kind == .close }),
      words.endIndex >= close + 3
    else { throw malformed(name) }
    let attributes = words[words.startIndex + 1..<close].map { text($0).lowercased() }
    let separator = words[close + 1]
    return MailboxListing(
      name: MailboxName.decoded(value(words[close + 2])), separator: isNil(separator) ? nil : text(separator),
      attributes: attributes)
  }

  private func isNil(_ token: Token) -> Bool { isWord(token, "NIL") }

  /// Reads `(("INBOX." ".")) NIL NIL`; only the first personal namespace is used (RFC 9051 §7.3.3).
  private func namespace(_ words: ArraySlice<Token>) -> IMAPResponse {
    let start = Array(words.prefix(4))
    guard start.count == 4, start[0].kind == .open, start[1].kind == .open, start[2].kind != .close else {
      return .namespace(prefix: "", separator: nil)
    }
    return .namespace(
      prefix: MailboxName.decoded(value(start[2])), separator: isNil(start[3]) ? nil : text(start[3]))
  }

  private func pairs(_ words: ArraySlice<Token>) -> [String: String] {
    let texts = words.filter { $0.kind != .open && $0.kind != .close }
    var pairs: [String: String] = [:]
    for index in stride(from: 0, to: texts.count - 1, by: 2) where !isNil(texts[texts.startIndex + index + 1]) {
      pairs[text(texts[texts.startIndex + index]).lowercased()] = text(texts[texts.startIndex + index + 1])
    }
    return pairs
  }

  private func mailboxStatus(_ words: ArraySlice<Token>, _ name: Token) throws(ProtocolError) -> IMAPResponse {
    guard let mailbox = words.first, words.dropFirst().first?.kind == .open else { throw malformed(name) }
    let numbers = pairs(words.dropFirst()).compactMapValues { UInt32($0) }
    return .status(
      mailbox: MailboxName.decoded(value(mailbox)),
      Dictionary(numbers.map { ($0.key.uppercased(), $0.value) }, uniquingKeysWith: { first, _ in first }))
  }

  // MARK: FETCH

  /// Reads a FETCH response. A malformed one is marked and does not throw, so that the other messages can still be
  /// read.
  private func fetch(_ number: UInt32) -> FetchResponse {
    var fetch = FetchResponse(number: number)
    var words = tokens.dropFirst(2)
    do {
      guard words.popFirst()?.kind == .open else { throw malformed(tokens[1]) }
      while let name = words.popFirst(), name.kind != .close {
        guard name.kind == .atom, let value = words.popFirst(), value.kind != .close else { throw malformed(tokens[1]) }
        try take(name, value, &words, &fetch)
      }
    } catch {
      fetch.isMalformed = true
    }
    return fetch
  }

  private func take(_ name: Token, _ value: Token, _ words: inout ArraySlice<Token>, _ fetch: inout FetchResponse)
    throws(ProtocolError)
  {
    if value.kind == .open {
      try skipList(&words)
      return
    }
    switch text(name).uppercased() {
    case "UID":
      guard let uid = number(value).flatMap({ UInt32(exactly: $0) }), uid > 0, fetch.uid ?? uid == uid else {
        throw malformed(tokens[1])
      }
      fetch.uid = uid
    case "RFC822.SIZE": fetch.size = number(value).flatMap { $0 <= FetchResponse.largestSize ? $0 : nil }
    case "INTERNALDATE": fetch.date = InternalDate.epoch(self.value(value))
    case let item where item.hasPrefix("BODY[HEADER.FIELDS"): fetch.header = isNil(value) ? nil : self.value(value)
    default:
      guard isContentName(name), !isNil(value) else { return }
      guard case .missing = fetch.body else { throw malformed(tokens[1]) }
      fetch.origin = origin(name)
      fetch.body = value.kind == .streamed ? .streamed : .inline(self.value(value))
    }
  }

  /// The offset in `BODY[]<500>`.
  private func origin(_ name: Token) -> Int64? {
    let parts = text(name).split(separator: "<", maxSplits: 1)
    return parts.count < 2 ? nil : Int64(parts[1].dropLast()) ?? .max
  }

  /// Skips to the end of a list whose opening parenthesis has been consumed.
  private func skipList(_ words: inout ArraySlice<Token>) throws(ProtocolError) {
    var depth = 1
    while depth > 0 {
      guard let word = words.popFirst() else { throw malformed(tokens[0]) }
      if word.kind == .open { depth += 1 }
      if word.kind == .close { depth -= 1 }
    }
  }
}
