import Foundation
import IMAPTestServer
import Synchronization
import Testing

@testable import IMAP

/// From the greeting to the end of the login.
@Suite struct LoginTests {
  // MARK: Greetings

  @Test func capabilitiesOfTheGreetingAreUsed() throws {
    let server = try ScriptedServer(
      greeting: "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi",
      [.on("AUTHENTICATE PLAIN ", "$ OK [CAPABILITY IMAP4rev1 MOVE] in")])
    let session = try Client.login(server).open(Deadline())
    #expect(session.capabilities == ["IMAP4REV1", "MOVE"])
    #expect(server.commands.map { $0.prefix { $0 != " " } } == ["AUTHENTICATE"])
  }

  @Test func capabilitiesAreRequestedIfTheGreetingHasNone() throws {
    let server = try ScriptedServer(
      greeting: "* OK hi",
      [
        .on("CAPABILITY", "* CAPABILITY IMAP4rev1\n$ OK done"), .on("LOGIN", "$ OK in"),
        .on("CAPABILITY", "* CAPABILITY IMAP4rev1 uidplus\n$ OK done"),
      ])
    #expect(try Client.login(server).open(Deadline()).canExpungeSome)
    #expect(server.unplayed.isEmpty)
  }

  @Test func capabilitiesOfAnUntaggedResponseToTheLoginCount() throws {
    let server = try ScriptedServer([.on("LOGIN", "* CAPABILITY IMAP4rev1 IDLE\n$ OK in")])
    #expect(try Client.login(server).open(Deadline()).canIdle)
    #expect(server.heard.count == 1)
  }

  @Test func preauthenticatedServerGetsNoSecret() throws {
    let server = try ScriptedServer(greeting: "* PREAUTH [CAPABILITY IMAP4rev1] welcome")
    let session = try Client.session(server)
    #expect(server.heard.isEmpty && session.isLoggedIn)
  }

  @Test(arguments: [
    ("* BYE overloaded", IMAPError.Kind.disconnected), ("* BYE too many simultaneous connections", .throttled),
    ("* NO not here", .protocol), ("* BAD what", .protocol), ("HTTP/1.1 400 Bad Request", .protocol),
    ("220 smtp.example.com ESMTP", .protocol), ("d1 OK before anything was asked", .protocol),
  ])
  func otherGreetingsEndTheSession(greeting: String, kind: IMAPError.Kind) throws {
    let server = try ScriptedServer(greeting: greeting)
    #expect(Client.failure { try Client.login(server).open(Deadline()) } == kind)
    #expect(server.heard.isEmpty)
  }

  @Test func alertsAreNotShownBeforeTheLogin() throws {
    let server = try ScriptedServer(
      greeting: "* OK [ALERT] first text", [.on("CAPABILITY", "* CAPABILITY IMAP4rev1\n$ OK done")])
    let heard = Mutex<[String]>([])
    var login = Client.login(server)
    login.onAlert = { text in heard.withLock { $0.append(text) } }
    _ = Client.failure { try login.open(Deadline()) }
    #expect(heard.withLock { $0 }.count == 1)
    #expect(heard.withLock { $0 }.allSatisfy { !$0.contains("first text") })
  }

  // MARK: Login mechanisms

  @Test(
    arguments: [
      ("", nil, "LOGIN \"dmarc@example.com\" \"secret\""), ("AUTH=PLAIN SASL-IR", nil, "AUTHENTICATE PLAIN AGRtYXJj"),
      ("AUTH=PLAIN SASL-IR", .login, "LOGIN "),
      ("AUTH=XOAUTH2 AUTH=PLAIN SASL-IR", .xoauth2, "AUTHENTICATE XOAUTH2 dXNlcj1"),
    ] as [(String, Credentials.Mechanism?, String)])
  func theBestOrTheWantedWayIsUsed(offered: String, mechanism: Credentials.Mechanism?, command: String) throws {
    let server = try ScriptedServer(
      greeting: "* OK [CAPABILITY IMAP4rev1 \(offered)] hi", [.on(command, "$ OK [CAPABILITY IMAP4rev1] in")])
    _ = try Client.login(server, by: mechanism).open(Deadline())
    #expect(server.unplayed.isEmpty, "\(server.heard)")
  }

  @Test(arguments: [
    ("AUTH=XOAUTH2 SASL-IR", "AUTHENTICATE XOAUTH2 "),
    ("AUTH=XOAUTH2 AUTH=OAUTHBEARER SASL-IR", "AUTHENTICATE OAUTHBEARER "),
  ])
  func tokenMechanisms(offered: String, command: String) throws {
    let server = try ScriptedServer(
      greeting: "* OK [CAPABILITY IMAP4rev1 \(offered)] hi", [.on(command, "$ OK [CAPABILITY IMAP4rev1] in")])
    _ = try Client.login(server, secret: .token("t0ken")).open(Deadline())
    #expect(server.unplayed.isEmpty, "\(server.heard)")
  }

  @Test(
    arguments: [
      ("LOGINDISABLED", .password("secret"), nil), ("AUTH=PLAIN", .token("t"), nil),
      ("AUTH=PLAIN", .password("secret"), .xoauth2),
      ("LOGINDISABLED AUTH=PLAIN", .password("secret"), .login),
    ] as [(String, Credentials.Secret, Credentials.Mechanism?)])
  func nothingIsSentWithoutASuitableMechanism(
    offered: String, secret: Credentials.Secret, mechanism: Credentials.Mechanism?
  ) throws {
    let server = try ScriptedServer(greeting: "* OK [CAPABILITY IMAP4rev1 \(offered)] hi")
    #expect(Client.failure { try Client.login(server, secret: secret, by: mechanism).open(Deadline()) } == .login)
    #expect(server.heard.isEmpty)
  }

  @Test func withoutInitialResponseTheServerAsksFirst() throws {
    let server = try ScriptedServer(
      greeting: "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi",
      [.on("AUTHENTICATE PLAIN", "+ "), .onLine("AGRtYXJj", "$ OK [CAPABILITY IMAP4rev1] in")])
    _ = try Client.login(server).open(Deadline())
    #expect(server.heard.first?.hasSuffix(" AUTHENTICATE PLAIN") == true)
    #expect(server.unplayed.isEmpty)
  }

  @Test func unquotablePasswordIsSentAsALiteral() throws {
    let password = Credentials.Secret.password("pässword")
    let asked = try ScriptedServer([
      .on("LOGIN \"dmarc@example.com\" {9}", "+ go on"), .onLine("pässword", "$ OK [CAPABILITY IMAP4rev1] in"),
    ])
    _ = try Client.login(asked, secret: password).open(Deadline())
    #expect(asked.unplayed.isEmpty)
    let unasked = try ScriptedServer(
      greeting: "* OK [CAPABILITY IMAP4rev1 LITERAL+] hi",
      [.on("LOGIN \"dmarc@example.com\" {9+}"), .onLine("pässword", "$ OK [CAPABILITY IMAP4rev1] in")])
    _ = try Client.login(unasked, secret: password).open(Deadline())
    #expect(unasked.unplayed.isEmpty)
  }

  @Test func serverThatRejectsTheLiteralDoesNotGetThePassword() throws {
    let server = try ScriptedServer([.on("LOGIN", "$ NO nobody")])
    #expect(Client.failure { try Client.login(server, secret: .password("pässword")).open(Deadline()) } == .login)
    #expect(server.heard.count == 1 && !server.heard[0].contains("pässword"))
  }

  @Test(arguments: [(Credentials.Mechanism.xoauth2, ""), (.oauthbearer, "AQ==")])
  func challengeOfARejectedTokenIsAnswered(mechanism: Credentials.Mechanism, answer: String) throws {
    let challenge = Data("{\"status\":\"invalid_token\"}".utf8).base64EncodedString()
    let server = try ScriptedServer(
      greeting: "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=\(mechanism.rawValue.uppercased())] hi",
      [.on("AUTHENTICATE", "+ \(challenge)"), .onLine(answer, "$ NO [AUTHENTICATIONFAILED] no")])
    #expect(
      Client.failure { try Client.login(server, secret: .token("t"), by: mechanism).open(Deadline()) } == .login)
    #expect(server.heard.last == answer && server.unplayed.isEmpty)
  }

  @Test(
    arguments: [
      ("$ NO [AUTHENTICATIONFAILED] no", IMAPError.Kind.login, nil), ("$ BAD what", .login, nil),
      ("$ NO Request is throttled. Suggested Backoff Time: 1500 milliseconds", .throttled, 1.5),
      ("* BYE enough\n* BYE really", .disconnected, nil),
    ] as [(String, IMAPError.Kind, Double?)])
  func rejectedLoginsAreDistinguishedFromTemporaryFailures(answer: String, kind: IMAPError.Kind, pause: Double?) throws
  {
    let server = try ScriptedServer([
      .on("LOGIN", answer, then: answer.hasPrefix("*") ? .close : .goOn)
    ])
    do {
      _ = try Client.login(server).open(Deadline())
      Issue.record("it must not log in")
    } catch let error as IMAPError {
      #expect((error.kind, error.retryAfter) == (kind, pause))
    }
  }

  @Test func passwordIsNeverPrinted() throws {
    for answer in ["$ NO wrong: secret-word", "* BYE secret-word\n$ NO secret-word"] {
      let server = try ScriptedServer([.on("LOGIN", answer, then: .close)])
      do {
        _ = try Client.login(server, secret: .password("secret-word")).open(Deadline())
        Issue.record("it must not log in")
      } catch { #expect(!"\(error)".contains("secret-word")) }
    }
  }

  // MARK: Identification

  @Test(arguments: ["$ OK done", "$ NO not for you", "* ID NIL\n$ OK done"])
  func serverIdentificationIsRequestedIfOffered(answer: String) throws {
    let server = try ScriptedServer([
      .on("LOGIN", "$ OK [CAPABILITY IMAP4rev1 ID] in"), .on("ID (\"name\"", answer),
    ])
    var login = Client.login(server)
    login.clientName = "example"
    _ = try login.open(Deadline())
    #expect(server.unplayed.isEmpty)
  }

  @Test func stepsAreReportedInOrder() throws {
    let server = try ScriptedServer([
      .on("LOGIN", "$ OK [CAPABILITY IMAP4rev1 ID] in"), .on("ID", "* ID (\"name\" \"Test\")\n$ OK done"),
    ])
    var steps: [String] = []
    var login = Client.login(server)
    login.onStep = { step in
      switch step {
      case .connected: steps.append("connected")
      case .encrypted: steps.append("encrypted")
      case .loggedIn(let mechanism, let server): steps.append("\(mechanism?.rawValue ?? "-") \(server["name"] ?? "-")")
      }
    }
    _ = try login.open(Deadline())
    #expect(steps == ["connected", "login Test"])
  }
}
