/// A piece of markup in text that may be damaged.
enum Markup {
  case start(Tag)
  case end(name: ElementName, isBroken: Bool)
  case comment
  /// A CDATA section with the range of its text.
  case cdata(Range<Int>)
  case instruction(isDeclaration: Bool)
  /// `<!DOCTYPE name`, with its declarations or without.
  case documentType(name: String, hasDeclarations: Bool)
  /// Other `<!` markup, and text that looks like a tag but is not.
  case none

  struct Tag {
    var name: ElementName
    var isSelfClosing: Bool
    /// Values of `xmlns` and `xmlns:prefix`, by prefix; the empty prefix for `xmlns`.
    var namespaces: [String: String]
    var isBroken: Bool
  }
}

/// Finds the start and end of markup in text that is not well-formed XML. Examines one `<` at a time.
struct MarkupScanner {
  /// How far the text has been searched in vain for the end of a comment, and of a CDATA section. This part is not searched
  /// again for the next unterminated one.
  private var commentSearched = 0
  private var cdataSearched = 0
  private var names = ElementNameCache()

  /// The markup found, and where it ends.
  struct Found {
    var markup: Markup
    var end: Int
  }

  /// The maximum length of a tag in bytes. Reports have no longer tags.
  private static let tagLimit = 16 << 10

  /// Examines the `<` at `start`; nil if more text is needed.
  /// - Parameter isLast: whether no more text follows.
  mutating func scan(_ text: [UInt8], at start: Int, isLast: Bool) -> Found? {
    guard start + 1 < text.count else { return isLast ? Found(markup: .none, end: start + 1) : nil }
    switch text[start + 1] {
    case UInt8(ascii: "!"): return scanDeclaration(text, start, isLast)
    case UInt8(ascii: "?"): return Self.scanInstruction(text, start, isLast)
    case UInt8(ascii: "/"): return scanEndTag(text, start, isLast)
    default: return scanStartTag(text, start, isLast)
    }
  }

  private mutating func scanDeclaration(_ text: [UInt8], _ start: Int, _ isLast: Bool) -> Found? {
    switch Self.matches(text, start, "<!--") {
    case .yes:
      let end = Self.find("-->", in: text, from: start + 4, searched: &commentSearched)
      return end.map { Found(markup: .comment, end: $0 + 3) }
    case .cutOff where !isLast: return nil
    default: break
    }
    switch Self.matches(text, start, "<![CDATA[") {
    case .yes:
      let end = Self.find("]]>", in: text, from: start + 9, searched: &cdataSearched)
      return end.map { Found(markup: .cdata(start + 9..<$0), end: $0 + 3) }
    case .cutOff where !isLast: return nil
    default: break
    }
    switch Self.matches(text, start, "<!doctype") {
    case .cutOff where !isLast: return nil
    case .yes: return Self.scanDocumentType(text, from: start + 9, isLast)
    default: return Found(markup: .none, end: start + 1)
    }
  }

  private static func scanDocumentType(_ text: [UInt8], from: Int, _ isLast: Bool) -> Found? {
    guard let end = text[from...].firstIndex(where: { $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "[") }) else {
      return isLast ? Found(markup: .documentType(name: "", hasDeclarations: true), end: text.count) : nil
    }
    let name = text[from..<end].drop { $0 <= 0x20 }.prefix { $0 > 0x20 }
    return Found(
      markup: .documentType(
        name: String(decoding: name, as: UTF8.self).lowercased(), hasDeclarations: text[end] == UInt8(ascii: "[")),
      end: end + 1)
  }

  private static func scanInstruction(_ text: [UInt8], _ start: Int, _ isLast: Bool) -> Found? {
    // A broken one may lack the second `?`, or have no end at all.
    let isDeclaration = matches(text, start, "<?xml") == .yes
    let end = text[(start + 1)...].firstIndex { $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "<") }
    guard let end else {
      if isLast || text.count - start > tagLimit { return Found(markup: .none, end: start + 1) }
      return nil
    }
    let markup = Markup.instruction(isDeclaration: isDeclaration)
    return Found(markup: markup, end: text[end] == UInt8(ascii: ">") ? end + 1 : end)
  }

  private mutating func scanEndTag(_ text: [UInt8], _ start: Int, _ isLast: Bool) -> Found? {
    guard let from = Self.afterBlanks(text, start + 2) else {
      return isLast ? Found(markup: .none, end: start + 1) : nil
    }
    guard let nameEnd = Self.endOfName(text, from: from) else {
      if !isLast { return nil }
      return Found(markup: .end(name: names.name(of: text[from...]), isBroken: true), end: text.count)
    }
    guard nameEnd > from else { return Found(markup: .none, end: start + 1) }
    let label = names.name(of: text[from..<nameEnd])
    let rest = text[nameEnd...].drop { $0 <= 0x20 }
    guard let next = rest.first else {
      return isLast ? Found(markup: .end(name: label, isBroken: true), end: text.count) : nil
    }
    if next == UInt8(ascii: ">") { return Found(markup: .end(name: label, isBroken: false), end: rest.startIndex + 1) }
    // `</count<…` and `</count …`: the tag ends where its name does.
    return Found(markup: .end(name: label, isBroken: true), end: nameEnd)
  }

  private mutating func scanStartTag(_ text: [UInt8], _ start: Int, _ isLast: Bool) -> Found? {
    guard let from = Self.afterBlanks(text, start + 1), let nameEnd = Self.endOfName(text, from: from) else {
      return isLast ? Found(markup: .none, end: start + 1) : nil
    }
    let label = names.name(of: text[from..<nameEnd])
    // `a < b` is text; `< count >` is a tag with misplaced white space.
    let isKnown = from == start + 1 || label.isKnown
    guard nameEnd > from, isKnown, [0x20, 0x09, 0x0a, 0x0d, 0x2f, 0x3e, 0x3c].contains(text[nameEnd]) else {
      return Found(markup: .none, end: start + 1)
    }
    var index = nameEnd
    var quote: UInt8?
    while index < text.count, index - start <= Self.tagLimit {
      let byte = text[index]
      if byte == UInt8(ascii: "<") { return Self.broken(label, text, nameEnd, index) }
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      } else if byte == UInt8(ascii: ">") {
        return Self.whole(label, text, nameEnd, index)
      }
      index += 1
    }
    if index - start > Self.tagLimit || isLast { return Self.broken(label, text, nameEnd, index) }
    return nil
  }

  private static func whole(_ label: ElementName, _ text: [UInt8], _ nameEnd: Int, _ end: Int) -> Found {
    let isSelfClosing = end > nameEnd && text[end - 1] == UInt8(ascii: "/")
    // Few elements of reports have attributes.
    let declared = end - nameEnd < 6 ? [:] : namespaces(String(decoding: text[nameEnd..<end], as: UTF8.self))
    let tag = Markup.Tag(name: label, isSelfClosing: isSelfClosing, namespaces: declared, isBroken: false)
    return Found(markup: .start(tag), end: end + 1)
  }

  /// A tag with a misplaced end: it ends after its first `>` if that comes before the next `<`, else after its name.
  private static func broken(_ label: ElementName, _ text: [UInt8], _ nameEnd: Int, _ limit: Int) -> Found {
    let close = text[nameEnd..<min(limit, text.count)].firstIndex(of: UInt8(ascii: ">"))
    let tag = Markup.Tag(name: label, isSelfClosing: false, namespaces: [:], isBroken: true)
    return Found(markup: .start(tag), end: close.map { $0 + 1 } ?? nameEnd)
  }

  private static func namespaces(_ attributes: String) -> [String: String] {
    var found: [String: String] = [:]
    var rest = attributes[...]
    while found.count < 16, let start = rest.firstRange(of: "xmlns") {
      rest = rest[start.upperBound...]
      var prefix = ""
      if rest.first == ":" {
        prefix = String(rest.dropFirst().prefix { $0 != "=" && !$0.isWhitespace })
        rest = rest.dropFirst(1 + prefix.count)
      }
      rest = rest.drop { $0.isWhitespace || $0 == "=" }
      guard let quote = rest.first, quote == "\"" || quote == "'" else { continue }
      let value = rest.dropFirst().prefix { $0 != quote }
      if found[prefix] == nil { found[prefix] = String(value) }
      rest = rest[value.endIndex...]
    }
    return found
  }

  // MARK: Bytes

  /// The position after a few white space characters; nil if the text ends before.
  private static func afterBlanks(_ text: [UInt8], _ start: Int) -> Int? {
    var index = start
    while index < text.count, index < start + 4, text[index] <= 0x20 { index += 1 }
    return index < text.count ? index : nil
  }

  private static func endOfName(_ text: [UInt8], from start: Int) -> Int? {
    guard start < text.count else { return nil }
    guard isNameStart(text[start]) else { return start }
    var hasPrefix = false
    for index in start..<text.count where !isName(text[index]) {
      // At most one prefix, followed by a valid name (Namespaces in XML 1.0 §4).
      guard text[index] == UInt8(ascii: ":"), !hasPrefix else { return index }
      guard index + 1 < text.count else { return nil }
      guard isNameStart(text[index + 1]) else { return index }
      hasPrefix = true
    }
    return nil
  }

  private static func isNameStart(_ byte: UInt8) -> Bool {
    (0x41...0x5a).contains(byte & 0xdf) && byte < 0x80 || byte == UInt8(ascii: "_")
  }

  private static func isName(_ byte: UInt8) -> Bool {
    isNameStart(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }

  private enum Match { case yes, no, cutOff }

  /// Compares without regard to ASCII case.
  private static func matches(_ text: [UInt8], _ start: Int, _ word: String) -> Match {
    for (offset, letter) in word.utf8.enumerated() {
      guard start + offset < text.count else { return .cutOff }
      let byte = text[start + offset]
      let folded = (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
      let wanted = (0x41...0x5a).contains(letter) ? letter | 0x20 : letter
      if folded != wanted { return .no }
    }
    return .yes
  }

  /// The position of a word of three bytes; nil if there is none.
  private static func find(_ word: StaticString, in text: [UInt8], from start: Int, searched: inout Int) -> Int? {
    // Two of its bytes may be at the end of the part that was searched before.
    if let found = ByteText.position(of: word, in: text, from: max(start, searched - 2)) { return found }
    searched = text.count
    return nil
  }

  /// Adjusts positions after `count` bytes were removed from the start of the text.
  mutating func textWasCut(by count: Int) {
    commentSearched = max(0, commentSearched - count)
    cdataSearched = max(0, cdataSearched - count)
  }
}
