import Glibc
import IMAPTestServer
import Synchronization
import Testing

@testable import IMAP

/// Sessions: tags, unsolicited responses and the end of the connection.
@Suite struct SessionTests {
  @Test func pipelinedCommandsAreAnsweredInAnyOrder() throws {
    let server = try ScriptedServer.preauthenticated([.on("A"), .on("B", "d2 OK second\nd1 OK first")])
    let session = try Client.session(server)
    let (first, second) = (try session.submit(IMAPCommand("A")), try session.submit(IMAPCommand("B")))
    #expect(try session.result(of: first).text == "first")
    #expect(session.isFinished(second))
    #expect(try session.result(of: second).text == "second")
  }

  @Test func unsolicitedResponsesAreAssignedCorrectly() throws {
    let news =
      "* 5 EXISTS\n* 2 EXPUNGE\n* OK [ALERT] back up in an hour\n* XNEW thing\n* CAPABILITY IMAP4rev1 MOVE\n$ OK done"
    let server = try ScriptedServer.preauthenticated([.on("NOOP", news)])
    let session = try Client.session(server)
    var alerts: [String] = []
    session.onAlert = { alerts.append($0) }
    try session.run(IMAPCommand("NOOP"))
    #expect((session.exists, session.expunged, session.hasNewMessages) == (4, 1, true))
    #expect(alerts == ["back up in an hour"])
    #expect(session.canMove)
  }

  @Test func expungeOfAMissingMessageDoesNotUnderflow() throws {
    let server = try ScriptedServer.preauthenticated([.on("NOOP", "* 1 EXPUNGE\n* 4294967295 EXPUNGE\n$ OK done")])
    let session = try Client.session(server)
    try session.run(IMAPCommand("NOOP"))
    #expect((session.exists, session.expunged) == (0, 2))
  }

  @Test(arguments: [
    ("$ NO never", IMAPError.Kind.refused), ("$ BAD what", .refused), ("$ NO [NONEXISTENT] where", .mailbox),
    ("$ NO [NOPERM] no", .mailbox), ("$ NO [TRYCREATE] make it", .mailbox), ("$ NO [OVERQUOTA] full", .refused),
    ("$ NO [UNAVAILABLE] later", .throttled), ("$ NO [INUSE] busy", .throttled), ("$ NO [THROTTLED] slow", .throttled),
    ("$ BAD User is authenticated but not connected.", .disconnected),
    ("zz OK done", .protocol), ("$ OK done\n$ OK done", .protocol), ("d99 OK done", .protocol), ("nonsense", .protocol),
  ])
  func failedCommandsHaveACause(answer: String, kind: IMAPError.Kind) throws {
    let server = try ScriptedServer.preauthenticated([.on("SELECT", answer), .on("NOOP", "")])
    let session = try Client.session(server)
    let found = Client.failure {
      try session.run(IMAPCommand("SELECT"))
      try session.run(IMAPCommand("NOOP"))
    }
    #expect(found == kind)
  }

  @Test(arguments: [
    ("$ NO try again in 5 minutes", 300.0), ("$ NO [UNAVAILABLE] retry after 2 hours", 7_200),
    ("$ NO Suggested Backoff Time: 299910 milliseconds", 299.91),
  ])
  func requestedPauseIsKept(answer: String, seconds: Double) throws {
    let session = try Client.session(try .preauthenticated([.on("NOOP", answer)]))
    let error = #expect(throws: IMAPError.self) { try session.run(IMAPCommand("NOOP")) }
    #expect(error?.retryAfter == seconds)
  }

  @Test func byeExplainsTheEndOfTheConnection() throws {
    let throttled = try ScriptedServer.preauthenticated([.on("NOOP", "* BYE bandwidth limit exceeded", then: .close)])
    var session = try Client.session(throttled)
    #expect(Client.failure { try session.run(IMAPCommand("NOOP")) } == .throttled)
    let silent = try ScriptedServer.preauthenticated([.on("NOOP", then: .close)])
    session = try Client.session(silent)
    #expect(Client.failure { try session.run(IMAPCommand("NOOP")) } == .disconnected)
    // Also within a line and within a content.
    for part in ["* OK hal", "* 1 FETCH (UID 1 BODY[] {50}\nSubject: x"] {
      let cut = try ScriptedServer.preauthenticated([.on("NOOP", part, then: .close)])
      session = try Client.session(cut)
      #expect(Client.failure { try session.run(IMAPCommand("NOOP")) } == .disconnected)
    }
  }

  // MARK: Time

  @Test func silentServerTimesOut() throws {
    let session = try Client.session(try .preauthenticated([.on("NOOP")]), silence: 0.05)
    #expect(Client.failure { try session.run(IMAPCommand("NOOP")) } == .timeout)
  }

  @Test func missingGreetingTimesOut() throws {
    let server = try ScriptedServer(greeting: nil)
    var login = Client.login(server)
    login.endpoint.silenceSeconds = 0.05
    #expect(Client.failure { try login.open(Deadline()) } == .timeout)
    login = Client.login(server, .implicit)
    login.endpoint.connectSeconds = 0.05
    #expect([.timeout, .encryption].contains(Client.failure { try login.open(Deadline()) }))
  }

  @Test func totalTimeLimitEndsAnyWait() throws {
    let session = try Client.session(try .preauthenticated([.on("NOOP")]), Deadline(seconds: 0.3))
    #expect(Client.failure { try session.run(IMAPCommand("NOOP")) } == .timeout)
  }

  @Test func talkativeServerTimesOut() throws {
    let server = try ScriptedServer.preauthenticated([.on("NOOP", "* 1 EXISTS"), .on("STATUS", "* 2 EXISTS")])
    let session = try Client.session(server, Deadline().shortened(to: 0.3))
    #expect(Client.failure { while true { _ = try session.pump(within: 0.01) } } == .timeout)
  }

  @Test func stopEndsTheSession() throws {
    let clock = Deadline()
    let session = try Client.session(try .preauthenticated([.on("NOOP")]), clock)
    let tag = try session.submit(IMAPCommand("NOOP"))
    clock.stop()
    #expect(Client.failure { try session.result(of: tag) } == .stopped)
    #expect(Client.failure { try Client.session(try .preauthenticated([]), clock) } == .stopped)
  }

  @Test func closedPortIsUnreachable() throws {
    // A socket that is bound but does not listen keeps the port from other tests.
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    try #require(isBound)
    let endpoint = Endpoint(host: "127.0.0.1", port: Int(UInt16(bigEndian: address.sin_port)), security: .none)
    let login = LoginSequence(endpoint) { Credentials(user: "u", secret: .password("p")) }
    let kind = Client.failure { try login.open(Deadline(seconds: 30)) }
    #expect(kind == .unreachable || kind == .disconnected)
  }

  // MARK: Literals

  @Test func nonASCIINameIsEncodedWithoutALiteral() throws {
    let server = try ScriptedServer.preauthenticated([.on("CREATE \"Archiv/&AMQ-\"", "$ OK done")])
    try Client.session(server).create("Archiv/Ä")
    #expect(server.unplayed.isEmpty)
  }

  @Test(arguments: [
    ("", 5, true), ("LITERAL-", 5, false), ("LITERAL-", 4_097, true), ("LITERAL+", 4_097, false),
  ])
  func synchronisingLiteralsWaitForTheContinuation(capability: String, count: Int, isAsked: Bool) throws {
    let text = String(repeating: "ä", count: count / 2) + (count % 2 == 1 ? "x" : "")
    let announcement = "X {\(count)\(isAsked ? "" : "+")}"
    let server = try ScriptedServer.preauthenticated(
      capability, [isAsked ? .on(announcement, "+ go on") : .on(announcement), .onLine(text, "$ OK done")])
    try Client.session(server).run(IMAPCommand("X").adding(text))
    #expect(server.unplayed.isEmpty)
  }

  @Test func logoutEndsTheConnectionWithOrWithoutAnAnswer() throws {
    let server = try ScriptedServer.preauthenticated([.on("IDLE", then: .close)])
    let session = try Client.session(server)
    session.logOut()
    #expect(server.commands == ["LOGOUT"])
    let gone = try Client.session(server)
    _ = Client.failure { try gone.run(IMAPCommand("IDLE")) }
    gone.logOut()
    #expect(server.commands.first == "LOGOUT")
  }
}
