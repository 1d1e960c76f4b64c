import IMAPTestServer
import Testing

@testable import IMAP

/// Finding and opening mailboxes.
@Suite struct FolderTests {
  @Test func mailboxStateIsStored() throws {
    let answer =
      "* 3 EXISTS\n* OK [UIDVALIDITY 7] ok\n* OK [UIDNEXT 9] ok\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] ok\n$ OK [READ-WRITE] done"
    let session = try Client.session(try .preauthenticated([.on("SELECT \"INBOX\"", answer)]))
    let mailbox = try session.select("INBOX", readOnly: false)
    #expect((mailbox.uidValidity, mailbox.exists, mailbox.isReadOnly) == (7, 3, false))
    #expect(mailbox.permanentFlags == ["\\seen", "\\deleted", "\\*"])
    #expect(!session.hasNewMessages)
  }

  @Test func mailboxIsReadOnlyOnRequestOfEitherSide() throws {
    let facts = "* 0 EXISTS\n* OK [UIDVALIDITY 7] ok\n"
    let server = try ScriptedServer.preauthenticated([
      .on("EXAMINE", facts + "$ OK done"), .on("SELECT", facts + "$ OK [READ-ONLY] done"),
    ])
    let session = try Client.session(server)
    #expect(try session.select("A", readOnly: true).isReadOnly)
    #expect(try session.select("B", readOnly: false).isReadOnly)
  }

  @Test(arguments: [
    "* 3 EXISTS\n$ OK done", "* 3 EXISTS\n* OK [UIDVALIDITY 0] ok\n$ OK done",
    "* 3 EXISTS\n* OK [UIDVALIDITY 4294967296] ok\n$ OK done",
    "* 3 EXISTS\n* OK [UIDVALIDITY 7] ok\n* NO [UIDNOTSTICKY] sorry\n$ OK done", "* OK [UIDVALIDITY 7] ok\n$ OK done",
    "$ NO [NONEXISTENT] where",
  ])
  func mailboxWithoutPersistentUIDsOrMessageCountIsNotRead(answer: String) throws {
    let session = try Client.session(try .preauthenticated([.on("SELECT", answer)]))
    #expect(Client.failure { try session.select("A", readOnly: false) } == .mailbox)
  }

  @Test func inboxNeedsNoLookUp() throws {
    let server = try ScriptedServer.preauthenticated([])
    let found = try Client.session(server).resolve("inbox")
    #expect(found.name == "INBOX" && found.exists && server.heard.isEmpty)
  }

  @Test func folderIsFoundAsWrittenBySeparatorOrBelowThePrefix() throws {
    let root = "* LIST (\\Noselect) \".\" \"\"\n$ OK done"
    let plain = try ScriptedServer.preauthenticated([
      .on("LIST \"\" \"\"", root), .on("LIST \"\" \"A/B\"", "$ OK done"),
      .on("LIST \"\" \"A.B\"", "* LIST () \".\" \"A.B\"\n$ OK done"),
    ])
    let found = try Client.session(plain).resolve("A/B")
    #expect(found.name == "A.B" && found.exists)
    let prefixed = try ScriptedServer.preauthenticated(
      "NAMESPACE",
      [
        .on("NAMESPACE", "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\n$ OK done"), .on("LIST \"\" \"Done\"", "$ OK done"),
        .on("LIST \"\" \"INBOX.Done\"", "$ OK done"),
        .on("LIST \"\" \"INBOX.Other\"", "* LIST () \".\" \"INBOX.Other\"\n$ OK done"),
      ])
    let session = try Client.session(prefixed)
    let missing = try session.resolve("Done")
    #expect(missing.name == "INBOX.Done" && !missing.exists)
    // The namespace is requested once, and a name with the prefix does not get a second one.
    #expect(try session.resolve("INBOX.Other").exists)
    #expect(prefixed.unplayed.isEmpty)
  }

  @Test func unselectableFolderIsNotFound() throws {
    for attribute in ["\\Noselect", "\\NonExistent"] {
      let session = try Client.session(
        try .preauthenticated([.on("LIST", "* LIST (\(attribute)) \"/\" \"A\"\n$ OK done")]))
      #expect(try !session.isThere("A"))
    }
  }

  @Test func creatingAnExistingFolderIsNotAnError() throws {
    let server = try ScriptedServer.preauthenticated([
      .on("CREATE", "$ NO [ALREADYEXISTS] there"), .on("CREATE", "$ NO [CANNOT] no"),
    ])
    let session = try Client.session(server)
    try session.create("A")
    #expect(Client.failure { try session.create("B") } == .refused)
  }

  @Test func rightsAreRequestedOnlyIfSupported() throws {
    let server = try ScriptedServer.preauthenticated("ACL", [.on("MYRIGHTS", "* MYRIGHTS INBOX lrs\n$ OK done")])
    #expect(try Client.session(server).rights(on: "INBOX") == "lrs")
    let without = try ScriptedServer.preauthenticated([])
    #expect(try Client.session(without).rights(on: "INBOX") == nil)
    #expect(without.heard.isEmpty)
  }

  @Test func updatesOfThePreviousMailboxAreIgnored() throws {
    let facts = "* OK [UIDVALIDITY 7] ok\n"
    let server = try ScriptedServer.preauthenticated([
      .on("SELECT \"A\"", "* 5 EXISTS\n\(facts)$ OK done"), .on("SELECT \"B\"", "* 1 EXISTS\n\(facts)$ OK done"),
      .on("SELECT \"C\"", "\(facts)$ OK done"),
    ])
    let session = try Client.session(server)
    _ = try session.select("A", readOnly: false)
    #expect(try session.select("B", readOnly: false).exists == 1)
    #expect(Client.failure { try session.select("C", readOnly: false) } == .mailbox)
  }
}
