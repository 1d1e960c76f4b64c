import Foundation
import IMAPTestServer
import Testing

@testable import IMAP

/// Encryption from the first byte, by STARTTLS, and not at all.
@Suite struct EncryptionTests {
  private static let greeting = "* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR] hi"

  /// Opens a session that trusts only the authority of these tests.
  private func open(
    _ server: ScriptedServer, _ security: Endpoint.Security, host: String = "localhost"
  ) throws -> IMAPSession {
    let file = try TestCertificate.authorityFile()
    defer { try? FileManager.default.removeItem(atPath: file) }
    var login = Client.login(server, security, host: host)
    login.endpoint.authorities = file
    return try login.open(Deadline())
  }

  @Test func startTLSDiscardsPlainTextState() throws {
    let server = try ScriptedServer(
      greeting: Self.greeting,
      [
        .on("STARTTLS", "$ OK go on", then: .encrypt), .on("CAPABILITY", "* CAPABILITY IMAP4rev1\n$ OK done"),
        .on("LOGIN", "$ OK [CAPABILITY IMAP4rev1] in"),
      ])
    let session = try open(server, .starttls)
    #expect(session.tls?.certificateEnd ?? 0 > 4_000_000_000)
    // AUTH=PLAIN was offered before the server was authenticated.
    #expect(server.unplayed.isEmpty)
  }

  @Test func connectionWithImplicitTLS() throws {
    for host in ["localhost", "127.0.0.1"] {
      let server = try ScriptedServer(encrypted: true, [.on("LOGIN", "$ OK [CAPABILITY IMAP4rev1] in")])
      #expect(try open(server, .implicit, host: host).tls != nil)
    }
  }

  @Test func missingSTARTTLSIsAnError() throws {
    let server = try ScriptedServer(greeting: "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi")
    #expect(Client.failure { try open(server, .starttls) } == .encryption)
    #expect(server.heard.isEmpty)
  }

  @Test func preauthenticatedServerCannotBeEncrypted() throws {
    let server = try ScriptedServer(greeting: "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome")
    #expect(Client.failure { try open(server, .starttls) } == .encryption)
    #expect(server.heard.isEmpty)
  }

  @Test func rejectedSTARTTLSEndsTheSession() throws {
    let server = try ScriptedServer(greeting: Self.greeting, [.on("STARTTLS", "$ NO not now")])
    #expect(Client.failure { try open(server, .starttls) } != nil)
    #expect(server.commands == ["STARTTLS"])
  }

  /// CVE-2011-0411, with the plain text in the segment of the response and in a separate one.
  @Test(arguments: [
    Exchange.on("STARTTLS", "$ OK go on\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\nd2 OK done"),
    .on("STARTTLS", "$ OK go on", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\nd2 OK done"),
  ])
  func plainTextAfterTheSTARTTLSResponseIsRejected(exchange: Exchange) throws {
    let server = try ScriptedServer(greeting: Self.greeting, [exchange])
    #expect(Client.failure { try open(server, .starttls) } == .encryption)
    #expect(!server.heard.contains { $0.contains("LOGIN") || $0.contains("AUTHENTICATE") })
  }

  @Test func serverWithAnUntrustedCertificateGetsNothing() throws {
    let server = try ScriptedServer(encrypted: true)
    #expect(Client.failure { try Client.login(server, .implicit, host: "localhost").open(Deadline()) } == .encryption)
    #expect(server.heard.isEmpty)
  }

  @Test func serverWithAnotherNameGetsNothing() throws {
    let server = try ScriptedServer(encrypted: true)
    // The certificate is for localhost and 127.0.0.1; this is the same server by another address.
    #expect(Client.failure { try open(server, .implicit, host: "127.1.2.3") } != nil)
    #expect(Client.failure { try open(server, .implicit, host: "0.0.0.0") } == .encryption)
    #expect(server.heard.isEmpty)
  }

  @Test func disabledVerificationAcceptsAnyCertificate() throws {
    let server = try ScriptedServer(encrypted: true, [.on("LOGIN", "$ OK [CAPABILITY IMAP4rev1] in")])
    var login = Client.login(server, .implicit, host: "0.0.0.0")
    login.endpoint.skipsCertificateCheck = true
    #expect(try login.open(Deadline()).tls != nil)
  }

  @Test func plainTextServerOnATLSPortIsAnError() throws {
    let server = try ScriptedServer()
    #expect(Client.failure { try open(server, .implicit) } == .encryption)
    #expect(server.heard.filter { $0.contains("LOGIN") }.isEmpty)
  }

  @Test func passwordIsSentToOtherHostsOnlyEncrypted() throws {
    let server = try ScriptedServer([.on("LOGIN", "$ OK [CAPABILITY IMAP4rev1] in")])
    #expect(Client.failure { try Client.login(server, host: "0.0.0.0").open(Deadline()) } == .encryption)
    #expect(server.heard.isEmpty)
    var login = Client.login(server, host: "0.0.0.0")
    login.allowsPlaintextPassword = true
    _ = try login.open(Deadline())
    #expect(server.unplayed.isEmpty)
  }
}
