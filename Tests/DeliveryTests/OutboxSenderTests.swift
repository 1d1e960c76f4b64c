import Foundation
import Settings
import Store
import Synchronization
import Testing
import Verdict

@testable import Delivery

/// The outbox with a receiver that fails for days, and with senders at the same time.
@Suite struct OutboxSenderTests {
  private func outbox(
    _ database: ReportDatabase, _ recipients: [Recipient], at time: Int64
  ) -> OutboxSender { OutboxSender(database, Made.sender(Made.settings(recipients)), now: { time }) }

  private func enqueue(_ database: ReportDatabase, _ recipients: [Recipient], _ identifiers: [String] = ["a"]) throws
    -> Int
  {
    let alerts = identifiers.map { identifier in
      var alert = Made.alert
      alert.identifier = identifier
      return alert
    }
    return try database.enqueue(
      DeliveryComposer(Made.settings(recipients), now: Made.now).deliveries(of: alerts, in: .english, usual: .english),
      now: Made.now)
  }

  @Test func anAlertIsQueuedAndSentOnce() throws {
    let server = try TestServer.receiver()
    let recipients = [Made.web(.webhook, server.url("ok")), Recipient(name: "e", channel: .standardError)]
    let database = try ReportDatabase()
    #expect(try enqueue(database, recipients) == 2)
    #expect(try enqueue(database, recipients) == 0)
    #expect(try outbox(database, recipients, at: Made.now).send(within: 60).map(\.end) == [.sent, .sent])
    #expect(try enqueue(database, recipients) == 0)
    #expect(try outbox(database, recipients, at: Made.now + 9_999).send(everything: true, within: 60).isEmpty)
    #expect(try server.requests().count == 1)
  }

  /// `ingest` by somebody with a configuration of their own must neither give up what is for others, nor put it off.
  @Test func whatIsForAnotherConfigurationWaitsForIt() throws {
    let database = try ReportDatabase()
    let recipients = [Recipient(name: "ops", channel: .standardError)]
    #expect(try enqueue(database, recipients) == 1)
    for hour in 0..<5 as Range<Int64> {
      #expect(try outbox(database, [], at: Made.now + hour * 3_600).send(within: 60).isEmpty)
    }
    let entry = try #require(try database.waitingDeliveries(due: Made.now + 18_000).first)
    #expect(entry.attempts == 0)
    #expect(try outbox(database, recipients, at: Made.now + 18_000).send(within: 60).map(\.end) == [.sent])
    // A recipient that nobody names any more does not keep entries for ever.
    #expect(try enqueue(database, recipients, ["b"]) == 1)
    #expect(
      try outbox(database, [], at: Made.now + RetrySchedule.span).send(within: 60).map(\.end) == [.failed])
  }

  /// A run every half an hour, while the receiver answers 500 for a day.
  @Test func aReceiverMayBeDownForADay() throws {
    let server = try TestServer.receiver()
    let recipients = [Made.web(.webhook, server.url("flaky"))]
    let database = try ReportDatabase()
    _ = try enqueue(database, recipients)
    for step in 0...(48 + 26) as ClosedRange<Int64> {
      try Data((step < 48 ? "500" : "200").utf8).write(to: URL(fileURLWithPath: server.folder + "/log.status"))
      _ = try outbox(database, recipients, at: Made.now + step * 1_800).send(within: 60)
    }
    let requests = try server.requests()
    #expect(requests.count <= 10)
    #expect(Set(requests.compactMap { $0["body"] as? String }).count == 1)
    #expect(Set(requests.compactMap { ($0["headers"] as? [String: String])?["Idempotency-Key"] }).count == 1)
    let entry = try #require(try database.deliveries([.sent], limit: nil).first)
    #expect(entry.attempts == requests.count && entry.cause == nil)
  }

  @Test func afterThreeDaysItHasFailed() throws {
    let server = try TestServer.receiver()
    let recipients = [Made.web(.webhook, server.url("500"))]
    let database = try ReportDatabase()
    _ = try enqueue(database, recipients)
    for step in 0...80 as ClosedRange<Int64> {
      _ = try outbox(database, recipients, at: Made.now + step * 3_600).send(within: 60)
    }
    let entry = try #require(try database.deliveries([.failed], limit: nil).first)
    #expect(entry.finishedAt == Made.now + 72 * 3_600 && entry.cause == "the web service answered 500")
    #expect(try database.waitingDeliveries(due: nil).isEmpty)
    // Somebody asks for one more attempt.
    let again = try outbox(database, [Made.web(.webhook, server.url("ok"))], at: Made.now + 400_000).send(
      [entry.id], within: 60)
    #expect(again.map(\.end) == [.sent])
  }

  /// One entry that no receiver takes, and a recipient whose server is gone, do not hold up the others.
  @Test func othersAreNotHeldUp() throws {
    let server = try TestServer.receiver()
    var gone = Made.web(.webhook, "http://127.0.0.1:1/")
    gone.name = "gone"
    var refusing = Made.web(.webhook, server.url("400"))
    refusing.name = "refusing"
    let recipients = [gone, refusing, Made.web(.webhook, server.url("ok"))]
    let database = try ReportDatabase()
    _ = try enqueue(database, recipients, ["a", "b", "c"])
    let results = try outbox(database, recipients, at: Made.now).send(within: 60)
    // The server that is gone is tried once.
    #expect(results.count { $0.entry.recipient == "gone" } == 1)
    #expect(results.count { $0.entry.recipient == "refusing" && $0.end == .failed } == 3)
    #expect(results.count { $0.entry.recipient == "hook" && $0.end == .sent } == 3)
  }

  @Test func whatEndsTheProgramEachTimeIsGivenUp() throws {
    let recipients = [Recipient(name: "e", channel: .standardError)]
    let database = try ReportDatabase()
    _ = try enqueue(database, recipients)
    for round in 0..<30 as Range<Int64> {
      #expect(try database.claimDelivery(1, holder: "h", seconds: 10, now: Made.now + round * 10) != nil)
    }
    let results = try outbox(database, recipients, at: Made.now + 1_000).send(within: 60)
    #expect(results.map(\.end) == [.failed] && results[0].cause?.contains("interrupted") == true)
  }

  @Test func sendersAtTheSameTimeShareTheWork() throws {
    let server = try TestServer.receiver()
    let recipients = [Made.web(.webhook, server.url("ok"))]
    let path = server.folder + "/reports.sqlite"
    let database = try ReportDatabase(path: path)
    let identifiers = (0..<40).map { "alert-\($0)" }
    _ = try enqueue(database, recipients, identifiers)
    let sent = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      guard let own = try? ReportDatabase(path: path) else { return }
      let results = try? outbox(own, recipients, at: Made.now).send(within: 60)
      sent.withLock { $0 += results?.count ?? 0 }
    }
    let bodies = try server.requests().compactMap { $0["body"] as? String }
    #expect(sent.withLock { $0 } == 40 && bodies.count == 40 && Set(bodies).count == 40)
  }
}
