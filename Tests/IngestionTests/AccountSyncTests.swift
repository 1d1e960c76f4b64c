import DMARC
import IMAP
import IMAPTestServer
import Store
import Testing

@testable import Ingestion
@testable import Settings

/// New attempts after a failure, and what is told of it.
@Suite struct AccountSyncTests {
  private let writerQueue = WriterQueue()
  private let deadline = Deadline()
  private let notes = TestLog<String>()

  /// A run that is stopped when it tells of a pause.
  private func run(
    port: Int, retries: Int, seconds: Double = 3_600, _ folders: [String] = ["INBOX"]
  ) throws {
    var account = MailAccount(
      name: "reports", endpoint: Endpoint(host: "127.0.0.1", port: port, security: .none), user: "dmarc")
    account.endpoint.silenceSeconds = 600
    account.endpoint.connectSeconds = 600
    account.retries = retries
    account.runSeconds = seconds
    account.folders = folders
    let context = FetchContext(
      inputQueue: InputQueue(threads: 1), writerQueue: writerQueue, ledger: try LedgerReader(ReportDatabase()),
      deadline: deadline,
      rules: FetchRules(maxBytes: 1 << 20),
      note: { [deadline, notes] text in
        notes.append(text)
        deadline.stop()
      })
    AccountSync(account, context).run()
  }

  /// The codes of problems that a person should hear of; `opened` for a mailbox that was opened, `unchecked` for one that was not.
  private func reported() -> [String] {
    var codes: [String] = []
    while let events = writerQueue.receive(within: .zero) {
      for case .request(let request) in events {
        switch request {
        case .problem(let problem): codes.append(problem.code)
        case .opened: codes.append("opened")
        case .unchecked: codes.append("unseen")
        default: break
        }
      }
    }
    return codes
  }

  /// Seconds of the pause in a note.
  private func seconds(_ note: String) -> Int? { note.matches(of: /(\d+) s\b/).last.flatMap { Int($0.output.1) } }

  private func refusing(_ text: String = "down for a moment") throws -> ScriptedServer {
    try ScriptedServer(greeting: "* BYE [UNAVAILABLE] \(text)")
  }

  @Test(arguments: [
    ("down for a moment", 1...3), ("try again in 120 seconds", 120...120), ("try again in 2 hours", 900...900),
    ("try again in 1 second", 1...3),
  ])
  func aFailureThatMayPassIsTriedAgainAfterAPause(_ text: String, _ pause: ClosedRange<Int>) throws {
    let server = try refusing(text)
    try run(port: server.port, retries: 3)
    let note = try #require(notes.entries.first)
    #expect(pause.contains(try #require(seconds(note))))
    // The stop ends the pause at once; what was told is the failure before it.
    #expect(reported() == [text.contains("again") ? "throttled" : "disconnected"])
    #expect(notes.entries.count == 1)
  }

  @Test func theLastAttemptTellsOfTheProblem() throws {
    let server = try refusing()
    try run(port: server.port, retries: 0)
    #expect(reported() == ["disconnected"])
    #expect(notes.entries.isEmpty)
  }

  @Test func aPauseBeyondTheTimeLimitIsNotBegun() throws {
    let server = try refusing("try again in 120 seconds")
    try run(port: server.port, retries: 100, seconds: 60)
    #expect(reported() == ["throttled"])
    #expect(notes.entries.isEmpty)
  }

  @Test func aFailureThatLastsIsNotTriedAgain() throws {
    let server = try ScriptedServer(greeting: "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready")
    try run(port: server.port, retries: 3)
    #expect(reported() == ["login"])
    #expect(notes.entries.isEmpty)
  }

  @Test func aFolderThatIsMissingStopsNoOther() throws {
    let server = try MailboxServer(capabilities: "", ["INBOX": [], "Other": []])
    try run(port: server.port, retries: 3, ["INBOX", "Missing", "Other"])
    #expect(reported() == ["opened", "mailbox", "unseen", "opened"])
    #expect(notes.entries.isEmpty)
  }
}
