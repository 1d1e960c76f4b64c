import Foundation
import GRDB
import Testing

@testable import Store

/// The outbox: keys, leases, and how entries end.
@Suite struct OutboxTests {
  private func delivery(_ key: String, _ text: String = "body") -> NewDelivery {
    NewDelivery(
      key: key, recipient: "ops", kind: .alert, title: "A title",
      content: DeliveryContent(
        channel: "mail", address: "a@example.com", header: ["A: b", "C: d"], body: Array(text.utf8)))
  }

  @Test func aKeyIsQueuedOnce() throws {
    let database = try ReportDatabase()
    #expect(try database.enqueue([delivery("a"), delivery("b"), delivery("a", "other")], now: 100) == 2)
    #expect(try database.enqueue([delivery("b")], now: 200) == 0)
    let claim = try #require(try database.claimDelivery(1, holder: "x", seconds: 60, now: 100))
    #expect(claim.content == delivery("a").content && claim.entry.attempts == 1)
    #expect(try database.finishDelivery(1, holder: "x", .sent, now: 101))
    #expect(try database.enqueue([delivery("a")], now: 300) == 0)
    #expect(try database.deliveryState("a") == .sent && database.deliveryState("c") == nil)
  }

  @Test func theCallersTransactionDecides() throws {
    let database = try ReportDatabase()
    struct Stop: Error {}
    _ = try? database.write { db in
      _ = try ReportDatabase.enqueue([delivery("a")], now: 1, db)
      throw Stop()
    }
    #expect(try database.waitingDeliveries(due: nil).isEmpty)
  }

  @Test func oneHolderAtATime() throws {
    let database = try ReportDatabase()
    _ = try database.enqueue([delivery("a")], now: 100)
    #expect(try database.claimDelivery(1, holder: "x", seconds: 60, now: 99) == nil)
    #expect(try database.claimDelivery(1, holder: "x", seconds: 60, now: 100) != nil)
    #expect(try database.claimDelivery(1, holder: "y", seconds: 60, now: 159) == nil)
    #expect(try database.claimDelivery(1, holder: "y", seconds: 60, now: 159, isForced: true) == nil)
    // The lease is lost: another process takes it, and the first one no longer decides.
    #expect(try database.claimDelivery(1, holder: "y", seconds: 60, now: 160)?.entry.attempts == 2)
    #expect(try !database.finishDelivery(1, holder: "x", .failed(cause: "late"), now: 161))
    #expect(try database.finishDelivery(1, holder: "y", .sent, now: 161))
    #expect(try database.claimDelivery(1, holder: "z", seconds: 60, now: 999, isForced: true) == nil)
  }

  @Test func aClockThatWasSetBackKeepsNothing() throws {
    let database = try ReportDatabase()
    _ = try database.enqueue([delivery("a")], now: 100)
    _ = try database.claimDelivery(1, holder: "x", seconds: 60, now: 10_000_000)
    #expect(try database.claimDelivery(1, holder: "y", seconds: 60, now: 200) != nil)
  }

  @Test func everyEndIsKept() throws {
    let database = try ReportDatabase()
    _ = try database.enqueue(["a", "b", "c", "d"].map { delivery($0) }, now: 100)
    for id in 1...3 as ClosedRange<Int64> { _ = try database.claimDelivery(id, holder: "x", seconds: 60, now: 100) }
    try database.finishDelivery(1, holder: "x", .sent, now: 101)
    try database.finishDelivery(2, holder: "x", .again(at: 500, cause: "busy"), now: 102)
    try database.finishDelivery(3, holder: "x", .failed(cause: "refused"), now: 103)
    #expect(try database.dropDeliveries([4, 1, 77], now: 104) == [4])
    let all = try database.deliveries(Set(QueuedDelivery.State.allCases), limit: nil)
    #expect(all.map(\.state) == [.dropped, .failed, .waiting, .sent])
    #expect(all.map(\.cause) == [nil, "refused", "busy", nil])
    #expect(all.map(\.finishedAt) == [104, 103, nil, 101])
    #expect(try database.waitingDeliveries(due: 499).isEmpty)
    #expect(try database.waitingDeliveries(due: 500).map(\.id) == [2])
    let bodies = try database.read { try Data?.fetchAll($0, sql: "SELECT body FROM outbox ORDER BY id") }
    #expect(bodies.map { $0 == nil } == [true, false, false, true])
    // What failed is only tried again if somebody asks for it.
    #expect(try database.claimDelivery(3, holder: "y", seconds: 60, now: 900) == nil)
    #expect(try database.claimDelivery(3, holder: "y", seconds: 60, now: 900, isForced: true)?.entry.state == .waiting)
    try database.forgetDeliveries(finishedBefore: 104)
    #expect(try database.deliveries(Set(QueuedDelivery.State.allCases), limit: nil).map(\.id) == [4, 3, 2])
    #expect(try database.dropDeliveries(nil, now: 999) == [2, 3])
  }

  @Test func theOutboxIsBounded() throws {
    let database = try ReportDatabase()
    let many = (0..<ReportDatabase.mostWaiting + 5).map { delivery("\($0)", "") }
    #expect(try database.enqueue(many, now: 1) == ReportDatabase.mostWaiting)
    #expect(try database.enqueue([delivery("x")], now: 1) == 0)
    _ = try database.dropDeliveries([1], now: 2)
    #expect(try database.enqueue([delivery("x")], now: 1) == 1)
  }
}
