import IMAPTestServer
import Testing

@testable import IMAP

/// Waiting for new messages.
@Suite struct IdleTests {
  private func session(_ exchanges: [Exchange], _ clock: Deadline = Deadline()) throws -> (IMAPSession, ScriptedServer)
  {
    let server = try ScriptedServer.preauthenticated("IDLE", exchanges)
    return (try Client.session(server, clock), server)
  }

  @Test func newMessagesEndTheWait() throws {
    let (session, server) = try session([.on("IDLE", "+ idling", "* 4 EXISTS"), .onLine("DONE", "$ OK done")])
    #expect(try session.idle(seconds: 600))
    #expect(session.hasNewMessages && server.unplayed.isEmpty)
  }

  @Test func otherUpdatesDoNotEndTheWait() throws {
    let (session, server) = try session([
      .on("IDLE", "+ idling\n* OK still here\n* 1 EXPUNGE\n* 0 RECENT"), .onLine("DONE", "$ OK done"),
    ])
    #expect(try session.idle(seconds: 0.05))
    #expect(!session.hasNewMessages && server.heard.last == "DONE")
  }

  @Test func updatesBeforeTheContinuationCount() throws {
    let (session, _) = try session([.on("IDLE", "* 4 EXISTS\n+ idling"), .onLine("DONE", "$ OK done")])
    #expect(try session.idle(seconds: 600))
    #expect(session.hasNewMessages)
  }

  @Test(arguments: ["$ NO never", "$ BAD what", "$ OK at once", "+ idling\n$ OK that was it"])
  func refusedIDLEIsReported(answer: String) throws {
    let (session, server) = try session([.on("IDLE", answer)])
    #expect(try !session.idle(seconds: 600))
    #expect(!server.heard.contains("DONE"))
  }

  @Test func overloadedServerEndsTheSession() throws {
    let (session, _) = try session([.on("IDLE", "$ NO [UNAVAILABLE] later")])
    #expect(Client.failure { try session.idle(seconds: 600) } == .throttled)
  }

  @Test func lostConnectionWhileWaitingIsAnError() throws {
    let (session, _) = try session([.on("IDLE", "+ idling", then: .close)])
    #expect(Client.failure { try session.idle(seconds: 600) } == .disconnected)
  }

  @Test func stopEndsTheWait() throws {
    let clock = Deadline()
    let (session, _) = try session([.on("IDLE", "+ idling\n* OK [ALERT] now"), .onLine("DONE", "$ OK done")], clock)
    // The alert arrives during the wait.
    session.onAlert = { _ in clock.stop() }
    #expect(Client.failure { try session.idle(seconds: 600) } == .stopped)
  }

  @Test func serversWithoutIDLEArePolled() throws {
    let server = try ScriptedServer.preauthenticated([
      .on("NOOP", "* 1 EXPUNGE\n$ OK done"), .on("NOOP", "* 9 EXISTS\n$ OK done"),
    ])
    let session = try Client.session(server)
    #expect(!session.canIdle)
    try session.rest(seconds: 0.01)
    #expect(!session.hasNewMessages)
    try session.rest(seconds: 0.01)
    #expect(session.hasNewMessages)
    // There is an update, so it does not wait.
    try session.rest(seconds: 600)
    #expect(server.heard.count == 2)
  }
}
