/// The mailboxes of a server, and what it does with them: as much of RFC 3501, 4315 and 6851 as the program uses.
struct StoredMailboxes: Sendable {
  struct Message: Sendable {
    var uid: UInt32
    var content: String
    var flags: Set<String> = []
  }

  let capabilities: String
  private var messages: [String: [Message]] = [:]
  private var nextUID: [String: UInt32] = [:]

  init(capabilities: String, _ mailboxes: [String: [String]]) {
    self.capabilities = capabilities
    for (name, contents) in mailboxes {
      messages[name] = []
      for content in contents { append(content, to: name) }
    }
  }

  subscript(_ mailbox: String) -> [Message] { messages[mailbox] ?? [] }

  private mutating func append(_ content: String, to mailbox: String) {
    let uid = nextUID[mailbox] ?? 1
    nextUID[mailbox] = uid + 1
    messages[mailbox, default: []].append(Message(uid: uid, content: content))
  }

  /// The words of a command; what is in quotation marks or brackets is one word.
  private static func words(_ line: String) -> [String] {
    line.matches(of: /"([^"]*)"|\(((?:[^()]|\([^()]*\))*)\)|[^ ]+/).map { match in
      String(match.output.1 ?? match.output.2 ?? match.output.0)
    }
  }

  private static func contains(_ set: String, _ uid: UInt32) -> Bool {
    set.split(separator: ",").contains { part in
      let ends = part.split(separator: ":").map { UInt32($0) ?? .max }
      guard let first = ends.first, let last = ends.last else { return false }
      return (min(first, last)...max(first, last)).contains(uid)
    }
  }

  // MARK: Commands

  /// The answer to a command, in which `$` is its tag.
  mutating func answer(_ line: String, _ selected: inout String?) -> String {
    var words = Self.words(line)
    let isByUID = words.first == "UID"
    if isByUID { words.removeFirst() }
    guard let verb = words.first else { return "$ BAD nothing\r\n" }
    let arguments = Array(words.dropFirst())
    switch (verb, arguments.count) {
    case ("LIST", 2): return list(arguments[1])
    case ("CREATE", 1):
      messages[arguments[0]] = messages[arguments[0]] ?? []
      return "$ OK created\r\n"
    case ("SELECT", 1), ("EXAMINE", 1): return select(arguments[0], &selected)
    case ("STATUS", 2):
      guard messages[arguments[0]] != nil else { return "$ NO [NONEXISTENT] none\r\n" }
      return "* STATUS \"\(arguments[0])\" (UIDVALIDITY 7 UIDNEXT \(nextUID[arguments[0]] ?? 1))\r\n$ OK done\r\n"
    case ("LOGOUT", 0): return "* BYE see you\r\n$ OK done\r\n"
    case ("NOOP", 0), ("ID", _): return "$ OK done\r\n"
    default: break
    }
    guard let mailbox = selected else { return "$ BAD nothing is selected\r\n" }
    switch (verb, arguments.count) {
    case ("SEARCH", 1):
      return "* SEARCH \(self[mailbox].map { "\($0.uid)" }.joined(separator: " "))\r\n$ OK done\r\n"
    case ("FETCH", 2): return fetch(arguments[0], arguments[1], mailbox, isByUID: isByUID)
    case ("STORE", 3): return store(arguments[0], arguments[2], mailbox)
    case ("COPY", 2): return copy(arguments[0], mailbox, arguments[1])
    case ("MOVE", 2):
      let answer = copy(arguments[0], mailbox, arguments[1])
      return answer.hasPrefix("$ OK") ? expunge(mailbox) { Self.contains(arguments[0], $0.uid) } : answer
    case ("EXPUNGE", 0): return expunge(mailbox) { $0.flags.contains("\\Deleted") }
    case ("EXPUNGE", 1):
      return expunge(mailbox) { $0.flags.contains("\\Deleted") && Self.contains(arguments[0], $0.uid) }
    default: return "$ BAD \(verb)\r\n"
    }
  }

  private func list(_ pattern: String) -> String {
    if pattern.isEmpty { return "* LIST (\\Noselect) \"/\" \"\"\r\n$ OK done\r\n" }
    let names = messages.keys.filter { pattern == "*" || $0 == pattern }.sorted()
    return names.map { "* LIST () \"/\" \"\($0)\"\r\n" }.joined() + "$ OK done\r\n"
  }

  private func select(_ name: String, _ selected: inout String?) -> String {
    guard let messages = messages[name] else { return "$ NO [NONEXISTENT] none\r\n" }
    selected = name
    return "* \(messages.count) EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n"
      + "* OK [PERMANENTFLAGS (\\Seen \\Deleted)] ok\r\n$ OK [READ-WRITE] done\r\n"
  }

  private func fetch(_ set: String, _ items: String, _ mailbox: String, isByUID: Bool) -> String {
    var answer = ""
    for (index, message) in self[mailbox].enumerated()
    where Self.contains(set, isByUID ? message.uid : UInt32(index + 1)) {
      var parts = ["UID \(message.uid)"]
      if items.contains("RFC822.SIZE") { parts.append("RFC822.SIZE \(message.content.utf8.count)") }
      if items.contains("INTERNALDATE") { parts.append("INTERNALDATE \"01-Oct-2026 00:00:00 +0000\"") }
      if let fields = items.firstMatch(of: /BODY\.PEEK\[(HEADER\.FIELDS \([^)]*\))\](<0)?/) {
        let header = message.content.prefix(
          upTo: message.content.firstRange(of: "\r\n\r\n")?.upperBound ?? message.content.endIndex)
        let origin = fields.output.2 == nil ? "" : "<0>"
        parts.append("BODY[\(fields.output.1)]\(origin) {\(header.utf8.count)}\r\n\(header)")
      }
      if items.contains("BODY.PEEK[]") { parts.append("BODY[] {\(message.content.utf8.count)}\r\n\(message.content)") }
      answer += "* \(index + 1) FETCH (\(parts.joined(separator: " ")))\r\n"
    }
    return answer + "$ OK done\r\n"
  }

  private mutating func store(_ set: String, _ flags: String, _ mailbox: String) -> String {
    for (index, message) in self[mailbox].enumerated() where Self.contains(set, message.uid) {
      messages[mailbox]?[index].flags.formUnion(flags.split(separator: " ").map(String.init))
    }
    return "$ OK done\r\n"
  }

  private mutating func copy(_ set: String, _ mailbox: String, _ target: String) -> String {
    guard messages[target] != nil else { return "$ NO [TRYCREATE] none\r\n" }
    for message in self[mailbox] where Self.contains(set, message.uid) { append(message.content, to: target) }
    return "$ OK done\r\n"
  }

  private mutating func expunge(_ mailbox: String, _ isGone: (Message) -> Bool) -> String {
    var answer = ""
    for (index, message) in self[mailbox].enumerated().reversed() where isGone(message) {
      messages[mailbox]?.remove(at: index)
      answer += "* \(index + 1) EXPUNGE\r\n"
    }
    return answer + "$ OK done\r\n"
  }
}
