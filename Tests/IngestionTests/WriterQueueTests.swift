import IMAP
import Testing

@testable import Ingestion

/// The order of events, the bound, and what cancelling does to those who wait.
@Suite struct WriterQueueTests {
  private func inputs(_ events: [WriterEvent]?) -> [Int]? {
    events?.map { event in
      switch event {
      case .began(let input, _), .found(let input, _), .ended(let input): input
      case .request: -1
      case .end: -2
      }
    }
  }

  @Test func groupsComeInTheOrderInWhichTheyWereSent() {
    let queue = WriterQueue()
    queue.send([.ended(input: 1), .ended(input: 2)])
    queue.post(.opened)
    queue.send([.ended(input: 3)])
    #expect(inputs(queue.receive(within: .zero)) == [1, 2])
    #expect(inputs(queue.receive(within: .zero)) == [-1])
    #expect(inputs(queue.receive(within: .zero)) == [3])
    #expect(inputs(queue.receive(within: .zero)) == nil)
  }

  @Test func aReaderThatIsTooFastWaitsAndRequestsDoNot() throws {
    let queue = WriterQueue()
    let sent = TestLog<Int>()
    let reader = try TestThread {
      for input in 0..<10 {
        queue.send([.ended(input: input)])
        sent.append(input)
      }
    }
    _ = sent.wait(for: 4)
    #expect(reader.isWaiting())
    #expect(sent.entries.count == 4)
    for _ in 0..<100 { queue.post(.opened) }
    // A request that is taken makes no room for findings.
    var received: [Int] = []
    while received.count < 110, let group = queue.receive(within: .seconds(600)) { received += inputs(group) ?? [] }
    reader.join()
    #expect(received.filter { $0 >= 0 } == Array(0..<10))
    #expect(received.count == 110)
    #expect(Array(received.prefix(104)) == [0, 1, 2, 3] + Array(repeating: -1, count: 100))
  }

  @Test func whoeverReceivesWaitsForTheNextGroup() throws {
    let queue = WriterQueue()
    let found = TestLog<Int>()
    let writer = try TestThread {
      if case .ended(let input)? = queue.receive(within: .seconds(600))?.first { found.append(input) }
    }
    #expect(writer.isWaiting())
    queue.send([.ended(input: 5)])
    writer.join()
    #expect(found.entries == [5])
  }

  @Test func cancellingFreesReadersAndDeniesRequests() throws {
    let queue = WriterQueue()
    let before = Acknowledgement()
    queue.post(.commit(before))
    let reader = try TestThread {
      for input in 0..<10 { queue.send([.ended(input: input)]) }
    }
    #expect(reader.isWaiting())
    #expect(!queue.isCancelled)
    queue.cancel()
    reader.join()
    #expect(queue.isCancelled)
    #expect(!before.wait())
    let after = Acknowledgement()
    queue.post(.commit(after))
    #expect(!after.wait())
    #expect(queue.receive(within: .zero) == nil)
  }

  @Test func onlyTheFirstAnswerCounts() throws {
    let answer = Acknowledgement()
    answer.give(true)
    answer.give(false)
    #expect(answer.wait())
    try answer.wait(Deadline())
    let denied = Acknowledgement()
    denied.give(false)
    #expect(throws: IMAPError.self) { try denied.wait(Deadline()) }
  }

  @Test func waitingForAnAnswerEndsWithTheDeadline() throws {
    let stop = Deadline()
    let thread = try TestThread {
      let error = #expect(throws: IMAPError.self) { try Acknowledgement().wait(stop) }
      #expect(error?.kind == .stopped)
    }
    #expect(thread.isWaiting())
    stop.stop()
    thread.join()
  }
}
