import IMAPTestServer
import Testing

@testable import IMAP

/// The clean-up of messages.
@Suite struct RemovalTests {
  private static let uids = UIDSet([1...2, 7...7])

  private func commands(
    _ capabilities: String, _ exchanges: [Exchange], _ body: (IMAPSession) throws -> Void
  ) throws -> [String] {
    let server = try ScriptedServer.preauthenticated(capabilities, exchanges)
    try body(try Client.session(server))
    return server.commands
  }

  private static let agreed = Exchange.on("", "$ OK done")

  @Test func messagesAreMovedByMOVEIfSupported() throws {
    let heard = try commands("MOVE", [Self.agreed]) { session in
      #expect(session.canMove)
      try session.move(Self.uids, to: "Done Ä")
    }
    #expect(heard == ["UID MOVE 1:2,7 \"Done &AMQ-\""])
    #expect(try Client.session(try .preauthenticated("IMAP4rev2", [])).canMove)
    #expect(try !Client.session(try .preauthenticated("UIDPLUS", [])).canMove)
  }

  @Test func otherwiseMessagesAreCopiedAndExpungedIndividually() throws {
    let heard = try commands("UIDPLUS", [Self.agreed, Self.agreed, Self.agreed]) { session in
      try session.copy(Self.uids, to: "Done")
      try session.delete(Self.uids, expungingAll: false)
    }
    #expect(
      heard == [
        "UID COPY 1:2,7 \"Done\"", "UID STORE 1:2,7 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE 1:2,7",
      ])
  }

  @Test func messagesMarkedByOthersAreExpungedOnlyIfAllowed() throws {
    let store = "UID STORE 1:2,7 +FLAGS.SILENT (\\Deleted)"
    let careful = try commands("", [Self.agreed]) { try $0.delete(Self.uids, expungingAll: false) }
    #expect(careful == [store])
    let all = try commands("", [Self.agreed, Self.agreed]) { try $0.delete(Self.uids, expungingAll: true) }
    #expect(all == [store, "EXPUNGE"])
    // If single messages can be expunged, the others stay in any case.
    let single = try commands("UIDPLUS", [Self.agreed, Self.agreed]) { try $0.delete(Self.uids, expungingAll: true) }
    #expect(single == [store, "UID EXPUNGE 1:2,7"])
  }

  @Test func unmarkedMessagesAreNotExpunged() throws {
    let server = try ScriptedServer.preauthenticated("UIDPLUS", [.on("UID STORE", "$ NO read-only")])
    let session = try Client.session(server)
    #expect(Client.failure { try session.delete(Self.uids, expungingAll: true) } == .refused)
    #expect(server.heard.count == 1)
  }

  @Test(arguments: [("$ NO [TRYCREATE] make it", IMAPError.Kind.mailbox), ("$ NO [OVERQUOTA] full", .refused)])
  func rejectedMoveHasACause(answer: String, kind: IMAPError.Kind) throws {
    let session = try Client.session(try .preauthenticated("MOVE", [.on("UID MOVE", answer)]))
    #expect(Client.failure { try session.move(Self.uids, to: "Done") } == kind)
  }

  @Test func readingMarksNothingElse() throws {
    let heard = try commands("", [Self.agreed]) { try $0.markSeen(Self.uids) }
    #expect(heard == ["UID STORE 1:2,7 +FLAGS.SILENT (\\Seen)"])
  }

  @Test func nextUIDOfAMailbox() throws {
    let answers = [
      ("* STATUS \"Done\" (UIDVALIDITY 7 UIDNEXT 12)\n$ OK done", true),
      ("* STATUS \"Done\" (UIDNEXT 12)\n$ OK done", false),
      ("$ OK done", false),
    ]
    for (answer, isKnown) in answers {
      let session = try Client.session(try .preauthenticated([.on("STATUS \"Done\" (UIDVALIDITY UIDNEXT)", answer)]))
      let end = try session.end(of: "Done")
      #expect(end.map { $0.uidValidity == 7 && $0.uidNext == 12 } == (isKnown ? true : nil))
    }
  }
}
