import Foundation
import Settings
import Store
import Testing
import Transfers
import Verdict

@testable import Delivery

/// Webhooks against a real receiver that fails in every way.
@Suite struct WebChannelTests {
  private func failure(
    _ server: TestServer, _ mode: String, _ shape: WebShape = .webhook, token: SecretSource? = nil
  ) -> DeliveryFailure? {
    var target = WebTarget(url: .written(server.url(mode)))
    target.token = token
    let recipient = Recipient(name: "hook", channel: .web(shape, target))
    let settings = Made.settings([recipient])
    let content = DeliveryComposer(settings, now: Made.now).content(
      AlertText(Made.alert, Phrasebook(.english)), recipient.channel)
    return Made.sender(settings, secret: { _, _ in "bearer-secret" }).send(content, key: "k\nX: 1", to: recipient)
  }

  @Test func everyShapeArrives() throws {
    let server = try TestServer.receiver()
    for shape in WebShape.allCases { #expect(failure(server, "ok", shape, token: .environment("T")) == nil) }
    let requests = try server.requests()
    #expect(requests.count == WebShape.allCases.count)
    for request in requests {
      let headers = try #require(request["headers"] as? [String: String])
      #expect(headers["Authorization"] == "Bearer bearer-secret" && headers["X"] == nil && headers["Expect"] == nil)
      #expect(headers["Idempotency-Key"]?.wholeMatch(of: /[0-9a-z]+/) != nil, "\(headers)")
      #expect(request["method"] as? String == "POST")
    }
    #expect(Set(requests.compactMap { ($0["headers"] as? [String: String])?["Idempotency-Key"] }).count == 1)
  }

  @Test(arguments: [
    ("500", DeliveryFailure.Scope.attempt, "500"), ("502", .attempt, "502"), ("400", .content, "refused"),
    ("422", .content, "refused"),
    ("403", .channel, "check the URL"), ("429", .channel, "wait"), ("wait", .channel, "wait"),
    ("redirect", .channel, "redirect"),
    ("close", .channel, "closed"), ("cut", .channel, "closed"), ("hang", .channel, "in time"),
    ("endless-header", .channel, "too much"),
  ])
  func failuresAreNamed(mode: String, scope: DeliveryFailure.Scope, words: String) throws {
    let server = try TestServer.receiver()
    let failure = try #require(self.failure(server, mode, token: .environment("T")))
    #expect(failure.scope == scope && failure.cause.contains(words), "\(failure)")
    #expect(
      !failure.cause.contains("TOKEN") && !failure.cause.contains("secret") && !failure.cause.contains("127.0.0.1"))
    #expect(try server.requests().count == 1, "a redirect is not followed")
    if mode == "wait" { #expect(failure.retryAfter == 7_000) }
  }

  /// The receiver has said that it took it; what follows does not matter.
  @Test(arguments: ["endless", "hang-body"]) func aStatusIsEnough(mode: String) throws {
    #expect(failure(try TestServer.receiver(), mode) == nil)
  }

  @Test(arguments: [
    ("http://example.com/x", "https"), ("http://127.0.0.1@example.com/x", "https"),
    ("http://127.0.0.1.example.com/", "https"),
    ("ftp://127.0.0.1/", "not one of"), ("file:///etc/passwd", "not one of"), ("", "not one of"),
    ("https://a b/", "not one of"),
    ("https://127.0.0.1:1/", "cannot be reached"), ("https://", "not valid"),
  ])
  func otherURLsAreRefused(url: String, words: String) throws {
    let recipient = Made.web(.webhook, url)
    let failure = Made.sender(Made.settings([recipient])).send(
      DeliveryContent(channel: "webhook", body: []), key: "k", to: recipient)
    #expect(failure?.cause.contains(words) == true, "\(url): \(String(describing: failure))")
  }

  @Test func aSecretThatCannotBeReadIsNamed() throws {
    let recipient = Recipient(name: "hook", channel: .web(.slack, WebTarget(url: .secret(.file("/etc/x")))))
    let sender = Made.sender(
      Made.settings([recipient]),
      secret: { (_, key) throws(UnreadableSecret) in throw UnreadableSecret("\(key)_file /etc/x cannot be read") })
    let failure = sender.send(DeliveryContent(channel: "slack", body: []), key: "k", to: recipient)
    #expect(failure == DeliveryFailure("url_file /etc/x cannot be read", .channel))
  }

  @Test func aChangedConfigurationIsNoticed() {
    let recipient = Recipient(name: "a", channel: .standardError)
    let sender = Made.sender(Made.settings([recipient]))
    for other in [nil, recipient] as [Recipient?] {
      #expect(sender.send(DeliveryContent(channel: "slack", body: []), key: "k", to: other)?.scope == .channel)
    }
  }

  @Test func optionsThatAreNotTakenEndATransfer() throws {
    let server = try TestServer.receiver()
    let transfer = Transfer(
      url: server.url("ok"), schemes: "no-such-scheme", upload: [], timeout: 2)
    #expect(transfer.run().status == 0)
    #expect(try server.requests().isEmpty)
  }

  /// The receiver speaks no TLS.
  @Test func nextStepsNameNoKeysOfMail() throws {
    let server = try TestServer.receiver()
    let url = server.url("ok").replacing("http://", with: "https://")
    let recipient = Made.web(.webhook, url)
    let failure = Made.sender(Made.settings([recipient])).send(
      DeliveryContent(channel: "webhook", body: []), key: "k", to: recipient)
    #expect(failure?.cause == "the web service does not speak TLS here: check the URL")
  }
}
