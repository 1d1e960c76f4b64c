package import DMARC

/// DNS answers from a zone file instead of name servers (RFC 1035 §5.1), for tests and experiments.
///
/// Supported are `$ORIGIN`, `$TTL`, comments, quoted strings, escapes (`\X`, `\DDD`), `@`, omitted owners, parentheses, wildcards
/// (RFC 4592), and the types A, AAAA, MX, TXT, PTR, CNAME and TLSA; other types are ignored.
package struct ZoneFile: Sendable {
  private var records: [DNSQuestion: DNSAnswer] = [:]
  private var aliases: [String: String] = [:]
  private var names: Set<String> = []

  /// Parses the text of a zone file.
  /// - Throws: ``LookupError`` with the number of the invalid line.
  package init(parsing text: String) throws(LookupError) {
    var origin = ""
    var owner = ""
    var ttl: UInt32 = 3600
    var depth = 0
    var isContinued = false
    var words: [ZoneFileWord] = []
    for (number, line) in text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
      if depth == 0 {
        isContinued = line.first == 0x20 || line.first == 0x09
        words = []
      }
      do { words += try ZoneFileWord.words(of: line, depth: &depth) } catch {
        throw LookupError("line \(number + 1): \(error.cause)")
      }
      guard depth == 0, let first = words.first else { continue }
      if first.text.uppercased() == "$ORIGIN", words.count > 1 {
        origin = DNSQuestion(words[1].name, .a).name
      } else if first.text.uppercased() == "$TTL", words.count > 1 {
        ttl = UInt32(words[1].text) ?? ttl
      } else {
        var rest = words[...]
        if !isContinued { owner = Self.absolute(rest.removeFirst().name, origin) }
        var recordTTL = ttl
        while let word = rest.first?.text {
          if let seconds = UInt32(word) { recordTTL = seconds } else if word.uppercased() != "IN" { break }
          rest.removeFirst()
        }
        guard let type = rest.popFirst()?.text.uppercased(), !rest.isEmpty else {
          throw LookupError("line \(number + 1): a record has an owner, a type and data")
        }
        add(owner, type, Array(rest), recordTTL, origin)
      }
    }
    guard depth == 0 else { throw LookupError("a parenthesis is not closed") }
  }

  private mutating func add(_ owner: String, _ type: String, _ data: [ZoneFileWord], _ ttl: UInt32, _ origin: String) {
    var name = owner[...]
    // A name exists if one below it does (RFC 8020).
    while names.insert(String(name)).inserted, let dot = name.firstIndex(of: ".") {
      name = name[name.index(after: dot)...]
    }
    if type == "CNAME" {
      aliases[owner] = Self.absolute(data[0].name, origin)
      return
    }
    guard let type = DNSQuestion.RecordType(rawValue: type) else { return }
    let value =
      switch type {
      case .txt: data.map(\.text).joined()
      case .mx: "\(data[0].text) \(Self.absolute(data.last?.name ?? "", origin))"
      case .ptr, .cname: Self.absolute(data[0].name, origin)
      case .a, .aaaa: data[0].text
      case .tlsa:
        data.prefix(3).map(\.text).joined(separator: " ") + " " + data.dropFirst(3).map(\.text).joined().lowercased()
      }
    records[DNSQuestion(owner, type), default: DNSAnswer(.found, [], ttl: ttl)].values.append(value)
  }

  /// The answer to a question, with aliases followed.
  package func answer(to question: DNSQuestion) -> DNSAnswer {
    var name = question.name
    for _ in 0..<12 {
      guard let owner = owner(of: name) else { return DNSAnswer(.noName, ttl: DNSMessage.negativeTTL) }
      if let answer = records[DNSQuestion(owner, question.type)] { return answer }
      guard let target = aliases[owner] else { break }
      if question.type == .cname { return DNSAnswer(.found, [target], ttl: 3600) }
      name = target
    }
    return DNSAnswer(.noRecords, ttl: DNSMessage.negativeTTL)
  }

  /// The name itself, or the wildcard that stands for it (RFC 4592 §3.3.1); nil if it does not exist.
  private func owner(of name: String) -> String? {
    if names.contains(name) { return name }
    var rest = name[...]
    while let dot = rest.firstIndex(of: ".") {
      rest = rest[rest.index(after: dot)...]
      guard names.contains(String(rest)) else { continue }
      return names.contains("*.\(rest)") ? "*.\(rest)" : nil
    }
    return nil
  }

  private static func absolute(_ name: String, _ origin: String) -> String {
    if name == "@" { return origin }
    if (name.hasSuffix(".") && !name.hasSuffix("\\.")) || origin.isEmpty { return DNSQuestion(name, .a).name }
    return DNSQuestion("\(name).\(origin)", .a).name
  }
}
