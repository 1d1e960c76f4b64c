import IMAPTestServer
import Testing

@testable import IMAP

/// Finding messages and getting them.
@Suite struct FetchTests {
  private static let selected = Exchange.on("SELECT", "* 3 EXISTS\n* OK [UIDVALIDITY 7] ok\n$ OK done")

  /// A session with a mailbox of three messages.
  private func session(_ exchanges: [Exchange]) throws -> (IMAPSession, ScriptedServer) { try session("", exchanges) }

  private func session(_ capabilities: String, _ exchanges: [Exchange]) throws -> (IMAPSession, ScriptedServer) {
    let server = try ScriptedServer.preauthenticated(capabilities, [Self.selected] + exchanges)
    let session = try Client.session(server)
    _ = try session.select("INBOX", readOnly: false)
    return (session, server)
  }

  private static func fetched(_ uids: UInt32...) -> String {
    uids.enumerated().map { "* \($0.offset + 1) FETCH (UID \($0.element))\n" }.joined() + "$ OK done"
  }

  // MARK: Search

  @Test func emptyMailboxIsNotSearched() throws {
    let server = try ScriptedServer.preauthenticated([.on("SELECT", "* 0 EXISTS\n* OK [UIDVALIDITY 7] ok\n$ OK done")])
    let session = try Client.session(server)
    _ = try session.select("INBOX", readOnly: false)
    #expect(try session.allUIDs().isEmpty)
    #expect(server.heard.count == 1)
  }

  @Test(
    arguments: [
      ("ESEARCH", [.on("UID SEARCH RETURN (ALL) ALL", "* ESEARCH (TAG \"$\") UID ALL 4:5,9\n$ OK done")]),
      ("", [.on("UID SEARCH 1:3", "* SEARCH 9 5 4 4\n$ OK done")]),
      ("", [.on("UID SEARCH", "* SEARCH 4\n* SEARCH 5 9\n$ OK done")]),
      ("IMAP4rev2", [.on("UID SEARCH RETURN", "* ESEARCH UID ALL 4:5,9\n$ OK done")]),
    ] as [(String, [Exchange])])
  func everyFormOfSearchResponseIsParsed(capabilities: String, exchanges: [Exchange]) throws {
    let last = Exchange.on("FETCH 3 (UID)", "* 3 FETCH (UID 9)\n$ OK done")
    let (session, server) = try session(capabilities, exchanges + [last])
    #expect(try session.allUIDs().description == "4:5,9")
    #expect(server.unplayed.isEmpty, "\(server.heard)")
  }

  @Test(arguments: [
    // A response to another command, none, a rejection, and UIDs that do not exist.
    ["* ESEARCH (TAG \"zz\") UID ALL 7\n$ OK done", "* SEARCH\n$ OK done"], ["$ OK done", "$ BAD what"],
    ["$ NO not now", "$ NO not now"],
  ])
  func emptySearchResponseIsCheckedByOtherCommands(answers: [String]) throws {
    let (session, server) = try session(
      "ESEARCH",
      [
        .on("UID SEARCH RETURN", answers[0]), .on("UID SEARCH 1:3", answers[1]),
        .on("UID FETCH 1:* (UID)", Self.fetched(4, 5, 9)), .on("FETCH 3 (UID)", "* 3 FETCH (UID 9)\n$ OK done"),
      ])
    #expect(try session.allUIDs().description == "4:5,9")
    #expect(server.unplayed.isEmpty, "\(server.heard)")
  }

  @Test func incompleteSearchResponseIsCompleted() throws {
    let (session, _) = try session([
      .on("UID SEARCH", "* SEARCH 4\n$ OK done"), .on("UID FETCH 1:* (UID)", Self.fetched(4, 5, 9)),
    ])
    #expect(try session.allUIDs().description == "4:5,9")
  }

  @Test func wrongUIDsOfTheRightCountAreRejected() throws {
    let (session, _) = try session([
      .on("UID SEARCH", "* SEARCH 1 2 3\n$ OK done"), .on("FETCH 3 (UID)", "* 3 FETCH (UID 9)\n$ OK done"),
      .on("UID FETCH 1:* (UID)", Self.fetched(4, 5, 9)),
    ])
    #expect(try session.allUIDs().contains(9))
  }

  @Test func serverThatListsNoMessagesIsAnError() throws {
    let (session, _) = try session([
      .on("UID SEARCH", "$ OK done"), .on("UID FETCH", "$ NO no"), .on("FETCH 1:3", "$ OK done"),
    ])
    #expect(Client.failure { try session.allUIDs() } == .refused)
  }

  @Test func serverThatListsMillionsOfExtraMessagesIsAnError() throws {
    let (session, _) = try session(
      "ESEARCH", [.on("UID SEARCH", "* ESEARCH (TAG \"$\") UID ALL 1:4294967295\n$ OK done")])
    #expect(Client.failure { try session.allUIDs() } == .protocol)
  }

  // MARK: Facts

  @Test func unrequestedFactsAreIgnored() throws {
    let (session, _) = try session([
      .on(
        "UID FETCH 4:5 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS",
        "* 1 FETCH (UID 4 RFC822.SIZE 100 INTERNALDATE \"01-Oct-2026 06:00:00 +0000\")\n* 9 FETCH (UID 99 RFC822.SIZE 5)\n"
          + "* 1 FETCH (UID 4 FLAGS (\\Seen))\n* 2 FETCH (UID 5 RFC822.SIZE 200)\n$ OK done")
    ])
    let facts = try session.facts(of: UIDSet([4...5]))
    #expect(facts.map(\.uid) == [4, 5])
    #expect(facts.map(\.size) == [100, 200])
    #expect(facts.map(\.date) == [1_790_834_400, nil])
    #expect(facts.map(\.number) == [1, 2])
  }

  @Test func unreadableHeaderIsRequestedAgain() throws {
    let (session, server) = try session([
      .on("UID FETCH 4:5 (UID RFC822.SIZE INTERNALDATE BODY", "* 1 FETCH (UID 4 RFC822.SIZE 100)\n$ NO broken"),
      .on("UID FETCH 5 (UID RFC822.SIZE INTERNALDATE)", "* 2 FETCH (UID 5 RFC822.SIZE 200)\n$ OK done"),
    ])
    #expect(try session.facts(of: UIDSet([4...5])).map(\.size) == [100, 200])
    #expect(server.unplayed.isEmpty)
  }

  @Test func undescribedMessageStillExists() throws {
    let refused = Exchange.on("UID FETCH 4", "$ NO broken")
    let (session, _) = try session([refused, refused])
    #expect(try session.facts(of: UIDSet([4...4])).map(\.hasSize) == [false])
    let gone = Exchange.on("UID FETCH 4", "$ OK done")
    let (other, _) = try self.session([gone, gone])
    #expect(try other.facts(of: UIDSet([4...4])).isEmpty)
  }

  @Test func sequenceNumbersAreInvalidAfterAnExpunge() throws {
    let (session, _) = try session([
      .on("UID FETCH 4", "* 1 FETCH (UID 4 RFC822.SIZE 100)\n* 1 EXPUNGE\n$ OK done")
    ])
    #expect(try session.facts(of: UIDSet([4...4])).map(\.number) == [nil])
  }

  // MARK: Contents

  /// The events of one fetch in short form.
  private func contents(_ answers: String..., then ending: Exchange.Ending = .goOn) throws -> [String] {
    var exchange = Exchange.on("UID FETCH 4 (UID BODY.PEEK[])")
    (exchange.answers, exchange.ending) = (answers, ending)
    let (session, _) = try session([exchange])
    var heard: [String] = []
    session.onFetch = { event in
      switch event {
      case .begin(let bytes): heard.append("begin \(bytes)")
      case .bytes(let bytes): heard.append(String(decoding: bytes, as: UTF8.self))
      case .end(let fetch):
        let origin = fetch.origin.map { " from \($0)" } ?? ""
        heard.append("end \(fetch.uid ?? 0)\(origin)\(fetch.isMalformed ? " malformed" : "")")
      }
    }
    if let refusal = try session.finishFetch(try session.submitFetch(UIDSet([4...4]))) {
      heard.append("\(refusal.kind)")
    }
    return heard
  }

  @Test func contentIsDeliveredBeforeItsFacts() throws {
    #expect(try contents("* 1 FETCH (UID 4 BODY[] {5}\nabcde)\n$ OK done") == ["begin 5", "abcde", "end 4"])
    #expect(try contents("* 1 FETCH (BODY[] {5}\nabcde UID 4)\n$ OK done") == ["begin 5", "abcde", "end 4"])
  }

  @Test func contentInPiecesIsTheSame() throws {
    // Each piece ends with a line break, which is part of the content.
    let heard = try contents("* 1 FETCH (UID 4 BODY[] {8}\nab", "cd", ")", "$ OK done")
    #expect(heard.first == "begin 8" && heard.last == "end 4")
    #expect(heard.dropFirst().dropLast().joined() == "ab\r\ncd\r\n")
  }

  @Test func partialContentHasItsOffset() throws {
    #expect(try contents("* 1 FETCH (UID 4 BODY[]<20> {2}\nab)\n$ OK done").last == "end 4 from 20")
  }

  @Test(arguments: ["NIL", "\"\"", "\"Subject: x\""])
  func shortContentsMayBeQuotedStrings(content: String) throws {
    #expect(try contents("* 1 FETCH (UID 4 BODY[] \(content))\n$ OK done") == ["end 4"])
  }

  @Test func twoContentsForOneMessageAreMalformed() throws {
    let heard = try contents("* 1 FETCH (UID 4 BODY[] {1}\nx BODY[] {1}\ny)\n$ OK done")
    #expect(heard.last == "end 4 malformed")
  }

  @Test func unavailableContentIsReportedWithoutAnError() throws {
    #expect(try contents("$ NO could not be converted") == ["refused"])
    #expect(Client.failure { try contents("$ NO [UNAVAILABLE] later") } == .throttled)
  }

  @Test(arguments: ["{99999999999999999999}", "{-1}", "{x}"])
  func invalidSizesAreIgnored(size: String) throws {
    #expect(Client.failure { try contents("* 1 FETCH (UID 4 BODY[] \(size)\nab)\n$ OK done") } == .protocol)
  }

  @Test func errorOfTheConsumerEndsTheFetch() throws {
    struct Full: Error {}
    let (session, _) = try session([.on("UID FETCH", "* 1 FETCH (UID 4 BODY[] {5}\nabcde)\n$ OK done")])
    session.onFetch = { _ in throw Full() }
    #expect(throws: Full.self) { try session.finishFetch(try session.submitFetch(UIDSet([4...4]))) }
  }

  @Test func copiesAreRecognisedBySizeAndHeader() throws {
    func line(_ uid: Int, _ id: String, _ size: Int = 9) -> String {
      "* \(uid) FETCH (UID \(uid) RFC822.SIZE \(size) BODY[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)] {\(id.count)}\n\(id))\n"
    }
    let (session, _) = try session([
      .on(
        "UID FETCH 1:4 (UID RFC822.SIZE BODY.PEEK[HEADER",
        line(1, "<a>") + line(2, "<a>") + line(3, "<b>") + line(4, "<a>", 8) + "$ OK done")
    ])
    let found = try session.fingerprint(of: "1:4").map(\.fingerprint)
    #expect(found.count == 4 && found[0] == found[1] && found[0] != found[2] && found[0] != found[3])
  }
}
