import Testing

@testable import IMAP

@Suite struct ParserTests {
  /// The events of a parser for bytes in pieces of a given size, a line each.
  static func events(_ text: String, piece: Int = .max) throws -> [String] {
    var parser = ResponseParser()
    var events: [String] = []
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let chunk = Array(bytes.prefix(piece))
      bytes = bytes.dropFirst(chunk.count)
      var position = 0
      try chunk.withUnsafeBytes { raw in
        while let event = try parser.next(raw, &position) {
          switch event {
          case .literal(let count): events.append("literal \(count): ")
          case .part(let range): events[events.count - 1] += String(decoding: raw[range], as: UTF8.self)
          case .response(let response): events.append(describe(response))
          }
        }
      }
    }
    return events
  }

  static func describe(_ response: IMAPResponse) -> String {
    switch response {
    case .continuation(let text): "+ \(text)"
    case .tagged(let tag, let status): "\(tag) \(describe(status))"
    case .untagged(let status): "* \(describe(status))"
    case .capability(let names): "capability \(names.joined(separator: " "))"
    case .exists(let number): "exists \(number)"
    case .expunge(let number): "expunge \(number)"
    case .fetch(let fetch):
      "fetch \(fetch.number) uid \(fetch.uid ?? 0) size \(fetch.size ?? -1) date \(fetch.date ?? 0) "
        + "body \(fetch.body) header \(fetch.header.map { String(decoding: $0, as: UTF8.self) } ?? "-")"
    case .search(let uids): "search \(uids)"
    case .extendedSearch(let tag, let all): "esearch \(tag ?? "-") \(all)"
    case .list(let listing): "list \(listing.name) \(listing.separator ?? "-") \(listing.attributes)"
    case .namespace(let prefix, let separator): "namespace \(prefix) \(separator ?? "-")"
    case .id(let pairs): "id \(pairs.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })"
    case .rights(let rights): "rights \(rights)"
    case .status(let mailbox, let numbers):
      "status \(mailbox) \(numbers.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })"
    case .other(let name): "other \(name)"
    }
  }

  /// A response as it comes from the network, in pieces of a size.
  static func responses(_ text: [UInt8], piece: Int) throws -> [IMAPResponse] {
    var parser = ResponseParser()
    var responses: [IMAPResponse] = []
    for start in stride(from: 0, to: text.count, by: piece) {
      var position = 0
      try text[start..<min(start + piece, text.count)].withUnsafeBytes { raw in
        while let event = try parser.next(raw, &position) {
          if case .response(let response) = event { responses.append(response) }
        }
      }
    }
    return responses
  }

  /// All are longer than 1 MiB, which other responses may not be; one has more numbers than other responses may have words.
  @Test(arguments: [(4_096, 100_000), (100_003, 100_000), (.max, 210_000)])
  func longSearchResponses(piece: Int, count: Int) throws {
    // Every second number, so that there are no ranges.
    let numbers = (1...count).map { "\(2_000_000_000 + 2 * $0)" }
    let search = Array("* SEARCH \(numbers.joined(separator: " "))\r\nd1 OK done\r\n".utf8)
    let extended = Array("* ESEARCH (TAG \"d1\") UID ALL \(numbers.joined(separator: ","))\r\nd1 OK done\r\n".utf8)
    for text in [search, extended] {
      let responses = try Self.responses(text, piece: min(piece, text.count))
      #expect(responses.count == 2)
      switch responses[0] {
      case .search(let uids), .extendedSearch(_, let uids):
        #expect(uids.count == count)
        #expect(uids.ranges.first == 2_000_000_002...2_000_000_002)
        let last = UInt32(2_000_000_000 + 2 * count)
        #expect(uids.ranges.last == last...last)
      default: Issue.record("not the answer to a search")
      }
    }
  }

  @Test func longInvalidSearchResponsesAreRejected() {
    for start in ["* SEARCH ", "* ESEARCH UID ALL ", "* LIST () ", "* SEARCH 4294967296 "] {
      let text = Array((start + String(repeating: "x,0 ", count: 600_000) + "\r\n").utf8)
      #expect(throws: ProtocolError.self, "\(start)") { try Self.responses(text, piece: 65_536) }
    }
  }

  @Test func absurdSizesAndDates() throws {
    for size in ["9223372036854775808", "-1", "99999999999999999", "NIL"] {
      #expect(try Self.events("* 1 FETCH (UID 1 RFC822.SIZE \(size))\r\n")[0].contains("size -1"))
    }
    for date in ["01-Jan-2300 00:00:00 +0000", "31-Dec-9999 23:59:60 -9999", "x", "01-Jan-2026 00:00:00 +-999"] {
      #expect(try Self.events("* 1 FETCH (UID 1 INTERNALDATE \"\(date)\")\r\n")[0].contains("date 0"))
    }
  }

  static func describe(_ status: StatusResponse) -> String {
    "\(status.condition) [\(status.code ?? "-") \(status.codeText)] \(status.text)"
  }

  static let conversation: [(text: String, events: [String])] = [
    ("* OK [CAPABILITY IMAP4rev1 IDLE] hi {5}\r\n", ["* ok [CAPABILITY IMAP4rev1 IDLE] hi {5}"]),
    ("* PREAUTH\r\n", ["* preauth [- ] "]),
    ("d1 OK done\r\n", ["d1 ok [- ] done"]),
    ("d2 NO [TRYCREATE] (no such mailbox\r\n", ["d2 no [TRYCREATE ] (no such mailbox"]),
    ("* BYE \"\r\n", ["* bye [- ] \""]),
    ("+ \r\n", ["+ "]), ("+\r\n", ["+ "]), ("+ go on\r\n", ["+ go on"]),
    ("* capability IMAP4rev1 x-foo\r\n", ["capability IMAP4REV1 X-FOO"]),
    ("* 17 EXISTS\r\n* 3 RECENT\r\n* 2 EXPUNGE\r\n", ["exists 17", "other RECENT", "expunge 2"]),
    ("* FLAGS (\\Seen Junk)\r\n", ["other FLAGS"]),
    (
      "* SEARCH\r\n* SEARCH 2 84 882\r\n* SEARCH 5 (MODSEQ 917)\r\n",
      ["search ", "search 2,84,882", "search 5"]
    ),
    ("* ESEARCH (TAG \"d3\") UID ALL 1:5,9\r\n* ESEARCH (TAG \"d4\") UID\r\n", ["esearch d3 1:5,9", "esearch d4 "]),
    ("* ESEARCH UID COUNT 3 ALL 4\r\n", ["esearch - 4"]),
    ("* LIST (\\HasNoChildren) \"/\" INBOX\r\n", ["list INBOX / [\"\\\\hasnochildren\"]"]),
    ("* LIST () NIL {5}\r\na\"b\\c\r\n", ["list a\"b\\c - []"]),
    ("* LIST (\\Noselect) \".\" \"Entw&APw-rfe \\\"x\\\"\"\r\n", ["list Entwürfe \"x\" . [\"\\\\noselect\"]"]),
    ("* LIST () \"/\" a (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n", ["list a / []"]),
    (
      "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\n* NAMESPACE NIL NIL NIL\r\n", ["namespace INBOX. .", "namespace  -"]
    ),
    ("* ID (\"name\" \"Dovecot\" \"version\" NIL)\r\n* ID NIL\r\n", ["id [\"name=Dovecot\"]", "id []"]),
    ("* MYRIGHTS INBOX lrs\r\n", ["rights lrs"]),
    ("* STATUS \"a b\" (MESSAGES 2 UIDNEXT 44292)\r\n", ["status a b [\"MESSAGES=2\", \"UIDNEXT=44292\"]"]),
    ("* XLIST (nobody knows {3) \"x\"\r\n", ["other XLIST"]),
    (
      "* 5 FETCH (FLAGS (\\Seen \\Deleted) UID 7)\r\n",
      ["fetch 5 uid 7 size -1 date 0 body missing header -"]
    ),
    (
      "* 5 FETCH (UID 7 BODY[] {6}\r\na\r\n)\r\n)\r\n",
      ["literal 6: a\r\n)\r\n", "fetch 5 uid 7 size -1 date 0 body streamed header -"]
    ),
    (
      "* 5 fetch (body[] {0}\r\n RFC822.SIZE 9 UID 8)\r\n",
      ["literal 0: ", "fetch 5 uid 8 size 9 date 0 body streamed header -"]
    ),
    (
      "* 5 FETCH (BODY[]<0> {2+}\r\nab UID 8)\r\n",
      ["literal 2: ab", "fetch 5 uid 8 size -1 date 0 body streamed header -"]
    ),
    (
      "* 5 FETCH (UID 8 BODY[] \"a\\\"b\")\r\n* 5 FETCH (UID 8 BODY[] NIL)\r\n",
      [
        "fetch 5 uid 8 size -1 date 0 body inline([97, 34, 98]) header -",
        "fetch 5 uid 8 size -1 date 0 body missing header -",
      ]
    ),
    (
      "* 5 FETCH (BODY[HEADER.FIELDS (DATE \"FROM\")] {4}\r\nab\r\n UID 8 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\n",
      ["fetch 5 uid 8 size -1 date 837596665 body missing header ab\r\n"]
    ),
    (
      "* 5 FETCH (ENVELOPE (NIL {3}\r\n(\"( ((\"a\" NIL))) UID 9 X-GM-LABELS (\"\\\\Inbox\"))\r\n",
      ["fetch 5 uid 9 size -1 date 0 body missing header -"]
    ),
  ]

  @Test func parsesResponses() throws {
    for (text, events) in Self.conversation {
      #expect(try Self.events(text) == events, "\(text)")
    }
  }

  @Test(arguments: [1, 2, 3, 7])
  func piecesOfAnySizeAreParsedEqually(piece: Int) throws {
    let text = Self.conversation.map(\.text).joined()
    #expect(try Self.events(text, piece: piece) == Self.conversation.flatMap(\.events))
  }

  static let malformed = [
    "\r\n", "hello\r\n", "* OK\n", "* OK a\rb\r\n", "* OK \0\r\n", "* \r\n", "*\r\n", "HTTP/1.1 400 Bad Request\r\n",
    "* 5 FETCH (UID 7\r\n", "* 5 FETCH (UID 7))\r\n", "* LIST \"/\" a\r\n", "* LIST () \"/\"\r\n", "* LIST (\r\n",
    "* LIST () \"/\" \"a\r\n",
    "* SEARCH a\r\n", "* SEARCH -1\r\n", "* SEARCH 0\r\n", "* ESEARCH ALL\r\n", "* ESEARCH ALL 1:*\r\n",
    "* MYRIGHTS a\r\n",
    "* 4294967296 EXISTS\r\n", "* 5 FETCH (UID 7 BODY[] {4294967296}\r\n",
    "* 5 FETCH (UID 7 BODY[] {99999999999999999999}\r\n",
    "* LIST () \"/\" {2000000}\r\n", "* STATUS a\r\n",
  ]

  @Test func rejectsInvalidIMAP() {
    for text in Self.malformed {
      #expect(throws: ProtocolError.self, "\(text.debugDescription)") { try Self.events(text) }
    }
  }

  /// They affect one message, not the connection.
  @Test(arguments: [
    "* 5 FETCH UID 7\r\n", "* 5 FETCH (UID)\r\n", "* 5 FETCH (UID 0)\r\n", "* 5 FETCH (UID 4294967296)\r\n",
    "* 5 FETCH (\"a\" 7)\r\n", "* 5 FETCH (UID 7 UID 8)\r\n", "* 5 FETCH (UID 7 BODY[] \"a\" BODY[] \"b\")\r\n",
    "* 5 FETCH (UID 7 BODY[] {1}\r\na BODY[] {1}\r\nb)\r\n", "* 5 FETCH (UID 7 BODY[] {0}\r\n BODY[] \"b\")\r\n",
  ])
  func marksMalformedFetchResponses(text: String) throws {
    var parser = ResponseParser()
    var isMalformed = false
    try Array(text.utf8).withUnsafeBytes { bytes in
      var position = 0
      while let event = try parser.next(bytes, &position) {
        if case .response(.fetch(let fetch)) = event { isMalformed = fetch.isMalformed }
      }
    }
    #expect(isMalformed)
  }

  @Test(arguments: [("BODY[]", nil), ("BODY[]<0>", 0), ("BODY[]<500>", 500), ("BODY[]<0.5>", Int64.max)])
  func readsOrigins(name: String, origin: Int64?) throws {
    var parser = ResponseParser()
    var found: Int64?? = .none
    try Array("* 5 FETCH (UID 7 \(name) \"a\")\r\n".utf8).withUnsafeBytes { bytes in
      var position = 0
      while let event = try parser.next(bytes, &position) {
        if case .response(.fetch(let fetch)) = event { found = fetch.origin }
      }
    }
    #expect(found == .some(origin))
  }

  @Test func identitiesDistinguishMessages() {
    func identity(_ header: String) -> MessageIdentity { MessageIdentity(header: Array(header.utf8)) }
    let expected = identity("Subject: Report\r\n of today\r\nDate: x\r\nMessage-ID: <a@b>\r\n\r\n")
    #expect(identity("From: a\r\nMESSAGE-ID:\r\n <a@b>\r\nSubject: other\r\n\r\n").canBe(expected))
    #expect(identity("subject: Report of today\n\n").canBe(expected))
    #expect(!identity("Subject: Report of today\r\nMessage-ID: <c@d>\r\n\r\n").canBe(expected))
    #expect(!identity("Subject: sorry\r\n\r\nDate: x\r\n").canBe(expected))
    #expect(!identity("").canBe(expected))
    #expect(identity("Subject: sorry\r\n").canBe(identity("\r\n")))
  }

  @Test func costsAreBounded() {
    for bomb in [
      "* OK " + String(repeating: "a", count: 2_000_000), "* 1 FETCH (" + String(repeating: "(", count: 100) + "\r\n",
      "* CAPABILITY" + String(repeating: " 1", count: 300_000) + "\r\n",
      String(repeating: "* LIST () \"/\" {600000}\r\n" + String(repeating: "a", count: 600_000) + " ", count: 2),
    ] {
      #expect(throws: ProtocolError.self) { try Self.events(bomb, piece: 65_536) }
    }
  }

  @Test func longestUsefulResponseIsAccepted() throws {
    let text = "* SEARCH" + (0..<20_000).map { " \(4_000_000_000 + $0)" }.joined() + "\r\n"
    #expect(try Self.events(text, piece: 4_096).count == 1)
  }
}
