import Foundation
import Settings
import Store
import Testing

@testable import Delivery

/// Submission to mail servers that refuse, greylist, cut, and know TLS or not.
@Suite struct MailSubmissionTests {
  private static let body = Array("From: d@example.com\r\nTo: a@example.com\r\nSubject: x\r\n\r\n.dot\r\ntext\r\n".utf8)

  private func send(
    _ server: TestServer, _ mode: String, _ security: MailServer.Security = .none, host: String = "127.0.0.1",
    trusts: Bool = true, user: String? = nil, password: String = "right-password"
  ) throws -> DeliveryFailure? {
    var mail = MailServer(host: host, port: try server.port(mode), security: security)
    mail.authorities = trusts ? server.folder + "/cert.pem" : nil
    if let user { (mail.user, mail.password) = (user, .environment("P")) }
    var settings = Made.settings([])
    settings.mail = MailRoute(from: try #require(MailAddress("d@example.com")), transport: .server(mail))
    return Made.sender(settings, secret: { _, _ in password }).send(
      DeliveryContent(channel: "mail", address: "a@example.com", body: Self.body), key: "k", to: nil)
  }

  @Test func messagesArriveOnEveryWay() throws {
    let server = try TestServer.mail()
    #expect(try send(server, "plain") == nil)
    #expect(try send(server, "starttls", .starttls, host: "localhost") == nil)
    #expect(try send(server, "implicit", .implicit, host: "localhost") == nil)
    #expect(try send(server, "login", .starttls, host: "localhost", user: "dmarc") == nil)
    let messages = try server.messages()
    #expect(messages.count == 4)
    for (message, envelope) in messages {
      #expect(message == String(decoding: Self.body, as: UTF8.self))
      #expect(envelope["from"] as? String == "d@example.com" && envelope["to"] as? [String] == ["a@example.com"])
      #expect(envelope["tls"] as? Bool == (envelope["mode"] as? String != "plain"))
    }
    #expect(messages.last?.envelope["user"] as? String == "dmarc")
  }

  @Test func nothingIsSentUnlessAllIsAsItShouldBe() throws {
    let server = try TestServer.mail()
    func cause(_ failure: DeliveryFailure?) -> String {
      "\(failure?.cause ?? "sent") \(failure.map { "\($0.scope)" } ?? "")"
    }
    for (text, words) in [
      (cause(try send(server, "plain", .starttls)), ["offers no STARTTLS", "channel"]),
      (cause(try send(server, "badcert", .starttls, host: "localhost")), ["certificate", "channel"]),
      (cause(try send(server, "starttls", .starttls, host: "localhost", trusts: false)), ["certificate", "channel"]),
      (cause(try send(server, "plain", .implicit, host: "localhost")), ["TLS", "channel"]),
      (cause(try send(server, "starttls", .none)), ["530", "channel"]),
      (
        cause(try send(server, "login", .starttls, host: "localhost", user: "dmarc", password: "wrong-password")),
        ["login", "channel"]
      ),
      (cause(try send(server, "login", .starttls, host: "localhost")), ["530", "channel"]),
      (cause(try send(server, "refuse")), ["refused the message (550 5.1.1)", "content"]),
      (cause(try send(server, "relay")), ["550 5.7.1", "channel"]),
      (cause(try send(server, "cut")), ["closed", "channel"]),
      (cause(try send(server, "slow")), ["in time", "channel"]),
      (cause(try send(server, "greylist")), ["451 4.7.1", "attempt"]), (cause(try send(server, "greylist")), ["sent"]),
    ] {
      for word in words { #expect(text.contains(word), "\(text)") }
      #expect(!text.contains("password\"") && !text.contains("wrong-password") && !text.contains("a@example.com"))
    }
    // The slow server may have taken the message for itself.
    #expect(try server.messages().compactMap { $0.envelope["mode"] as? String }.filter { $0 != "slow" } == ["greylist"])
  }
}
