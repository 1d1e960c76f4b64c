import DMARC
import Foundation
import Glibc
import IMAP
import IMAPTestServer
import Intake
import Store
import Testing

@testable import Ingestion
@testable import Settings

/// Whatever a run is stopped at, the next one brings messages to where they belong: once, and none is lost.
@Suite struct MessageCleanupTests {
  /// Three reports, the second of them twice in the same bytes, and a message without one.
  private static let inbox = [report("1"), report("2"), report("2"), other]
  /// A message of an earlier time that looks like one that is to be moved.
  private static let archive = [report("1")]

  private static func report(_ id: String) -> String {
    "From: reports@reporter.example\r\nMessage-ID: <\(id)@reporter.example>\r\nSubject: Report domain: example.com\r\n"
      + "Date: Thu, 1 Oct 2026 00:00:00 +0000\r\nContent-Type: text/xml\r\n\r\n\(Make.report(id: id))\r\n"
  }

  private static let other =
    "From: a@example.com\r\nMessage-ID: <x@example.com>\r\nSubject: Hello\r\n"
    + "Date: Thu, 1 Oct 2026 00:00:00 +0000\r\n\r\nHello\r\n"

  private static func server(_ capabilities: String) throws -> MailboxServer {
    try MailboxServer(capabilities: capabilities, ["INBOX": inbox, "Done": archive])
  }

  private static func account(_ server: MailboxServer, _ after: MessageAction, expungesAll: Bool) -> MailAccount {
    var account = MailAccount(
      name: "reports", endpoint: Endpoint(host: "127.0.0.1", port: server.port, security: .none), user: "dmarc")
    account.endpoint.silenceSeconds = 600
    account.endpoint.connectSeconds = 600
    account.after = after
    account.expungesAll = expungesAll
    account.retries = 0
    return account
  }

  /// One run.
  /// - Parameter isCrash: whether the program ends with the connection, so that what it has not committed is undone.
  /// - Returns: what it did; nil if it crashed.
  @discardableResult
  private static func run(
    _ server: MailboxServer, _ account: MailAccount, _ path: String, isCrash: Bool = false
  ) throws -> IngestTally? {
    weak var threads: Threads?
    defer { while threads != nil { usleep(500) } }
    let own = Threads()
    threads = own
    let ingester = Ingester(
      database: try ReportDatabase(path: path), limits: Limits(), trustedHosts: [], isDryRun: false,
      retriesRejected: false, after: .keep, note: { [own] _ in _ = own }, onProgress: { _, _ in })
    do {
      return try ingester.run([], [account], nil, Deadline()) { isCrash && server.isCut }
    } catch is CancellationError { return nil }
  }

  /// Exists until all threads of a run have ended, and with them its locks.
  private final class Threads: Sendable {}

  /// A server, how it is stopped, and what becomes of messages.
  struct Case: Sendable, CustomTestStringConvertible {
    var capabilities: String
    var after: MessageAction
    var expungesAll = false
    var isCrash: Bool

    var testDescription: String {
      "\(capabilities) \(after) \(expungesAll ? "expunging all " : "")\(isCrash ? "crash" : "cut")"
    }
  }

  private static let cases = [
    Case(capabilities: "UIDPLUS MOVE", after: .move("Done"), isCrash: false),
    Case(capabilities: "UIDPLUS", after: .move("Done"), isCrash: false),
    Case(capabilities: "", after: .move("Done"), isCrash: false),
    Case(capabilities: "", after: .move("Done"), expungesAll: true, isCrash: false),
    Case(capabilities: "UIDPLUS", after: .delete, isCrash: false),
    Case(capabilities: "UIDPLUS", after: .seen, isCrash: false),
    Case(capabilities: "UIDPLUS MOVE", after: .move("Done"), isCrash: true),
    Case(capabilities: "UIDPLUS", after: .move("Done"), isCrash: true),
    Case(capabilities: "", after: .move("Done"), isCrash: true),
  ]

  private static let changing = ["UID COPY", "UID MOVE", "UID STORE", "UID EXPUNGE", "EXPUNGE"]

  /// Where a run can be stopped: at its first command, while it fetches, and at everything from the first message on that is cleaned up.
  private static func cuts(_ example: Case) throws -> [MailboxServer.Cut] {
    let server = try server(example.capabilities)
    let folder = try folder()
    try run(server, account(server, example.after, expungesAll: example.expungesAll), folder.path + "/d.sqlite")
    let commands = server.commands
    let first = try #require(commands.firstIndex { changing.contains(where: $0.hasPrefix) || $0.hasPrefix("STATUS") })
    let fetch = try #require(commands.firstIndex { $0.contains("BODY.PEEK[]") })
    return [.before(0), .after(fetch)] + (first..<commands.count).flatMap { [.before($0), .after($0)] }
  }

  /// In memory where that is possible: each run waits for the disk several times.
  private static func folder() throws -> TemporaryFolder {
    try (try? TemporaryFolder(in: "/dev/shm")) ?? TemporaryFolder()
  }

  @Test(arguments: cases) func aRunThatIsStoppedAnywhereIsFinishedByTheNext(_ example: Case) throws {
    for cut in try Self.cuts(example) {
      let folder = try Self.folder()
      let server = try Self.server(example.capabilities)
      let account = Self.account(server, example.after, expungesAll: example.expungesAll)
      let path = folder.path + "/d.sqlite"
      server.begin(cut: cut)
      try Self.run(server, account, path, isCrash: example.isCrash)
      #expect(server.isCut, "\(cut)")
      Self.expectNothingLost(server, example, "\(cut)")
      server.begin()
      let tally = try Self.run(server, account, path)
      #expect(tally?.unreachable.isEmpty == true, "\(cut)")
      Self.expectDone(server, example, "\(cut), then \(server.commands)")
      // A third run has nothing to do.
      server.begin()
      try Self.run(server, account, path)
      let changes = server.commands.filter { Self.changing.contains(where: $0.hasPrefix) }
      #expect(changes.isEmpty, "\(cut)")
      #expect(try ReportDatabase(path: path).info().reports == 2, "\(cut)")
    }
  }

  private static func expectNothingLost(_ server: MailboxServer, _ example: Case, _ what: String) {
    guard example.after != .delete else { return }
    let all = server.contents(of: "INBOX") + server.contents(of: "Done")
    for content in Set(inbox) { #expect(all.contains(content), "\(what)") }
  }

  private static func expectDone(_ server: MailboxServer, _ example: Case, _ what: String) {
    let inbox = server.contents(of: "INBOX")
    let done = server.contents(of: "Done")
    switch example.after {
    case .move:
      #expect(inbox == [other], "\(what)")
      #expect(done.sorted() == (archive + Self.inbox.dropLast()).sorted(), "\(what)")
      let isLeft = !example.capabilities.contains("UIDPLUS") && !example.expungesAll
      #expect(server.contents(of: "INBOX", with: "\\Deleted").count == (isLeft ? 3 : 0), "\(what)")
    case .delete:
      #expect(inbox == [other], "\(what)")
      #expect(done == archive, "\(what)")
    case .seen, .keep:
      #expect(inbox == Self.inbox, "\(what)")
      #expect(server.contents(of: "INBOX", with: "\\Seen").sorted() == Self.inbox.dropLast().sorted(), "\(what)")
    }
  }

  /// A report that was announced and cannot be read is not "other" mail, which is filed away unread.
  @Test func anAnnouncedReportIsRejectedAndNeverFiledAsOtherMail() throws {
    let encrypted =
      "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n"
      + "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b--\r\n"
    let stripped = "Content-Type: text/html\r\n\r\n<p>The attachment was removed.</p>\r\n"
    let subject = "Subject: Report Domain: example.com Submitter: r.example Report-ID: <1>\r\n"
    func mail(_ id: String, _ rest: String) -> String { "From: a@r.example\r\nMessage-ID: <\(id)>\r\n" + rest }
    let announced = [mail("1", subject + encrypted), mail("2", subject + stripped)]
    let unannounced = [mail("3", "Subject: Re: hello\r\n" + encrypted), mail("4", "Subject: hello\r\n" + stripped)]
    let server = try MailboxServer(
      capabilities: "UIDPLUS MOVE",
      ["INBOX": announced + unannounced + Self.inbox, "Done": [], "Rejected": [], "Other": []])
    var account = Self.account(server, .move("Done"), expungesAll: false)
    account.rejected = .move("Rejected")
    account.other = .move("Other")
    let folder = try Self.folder()
    server.begin()
    try Self.run(server, account, folder.path + "/d.sqlite")
    #expect(server.contents(of: "Rejected").sorted() == announced.sorted())
    #expect(server.contents(of: "Other").sorted() == (unannounced + [Self.other]).sorted())
    #expect(server.contents(of: "Done").count == 3)
    let rejects = try ReportDatabase(path: folder.path + "/d.sqlite").rejects(limit: nil)
    #expect(Set(rejects.map(\.code)) == ["encrypted", "missing-report"])
  }
}
