import Testing

@testable import Ingestion

/// The order of inputs, and who waits for whom.
@Suite struct InputQueueTests {
  private func drained(_ queue: InputQueue) -> [InputQueue.Chunk] {
    var chunks: [InputQueue.Chunk] = []
    while let chunk = queue.take() { chunks.append(chunk) }
    return chunks
  }

  @Test(arguments: [1, 2, 100, 1_000]) func filesComeInOrderAndOnce(_ count: Int) throws {
    let queue = InputQueue(threads: 2)
    queue.add(files: (1...UInt32(count)).map { Make.message($0) })
    let chunks = drained(queue)
    #expect(Make.uids(chunks.flatMap(\.inputs)) == (1...UInt32(count)).map { $0 })
    #expect(chunks.map(\.number) == Array(chunks.indices))
    // The number of an input counts all inputs before it.
    var before = 0
    for chunk in chunks {
      #expect(chunk.firstInput == before)
      #expect((1...48).contains(chunk.inputs.count))
      before += chunk.inputs.count
    }
  }

  @Test func manyFilesAreTakenTogetherAndFewOneByOne() {
    let queue = InputQueue(threads: 2)
    queue.add(files: (1...4).map { Make.message($0) })
    #expect(drained(queue).map(\.inputs.count) == [1, 1, 1, 1])
    queue.add(files: (1...80).map { Make.message($0) })
    #expect(queue.take()?.inputs.count == 10)
  }

  @Test func withoutAnybodyWhoBringsMessagesItEnds() {
    let queue = InputQueue(threads: 2)
    #expect(queue.take() == nil)
    queue.addProducer()
    queue.add(Make.message(1))
    queue.removeProducer()
    #expect(queue.take().map { Make.uids($0.inputs) } == [1])
    #expect(queue.take() == nil)
  }

  @Test func aThreadWaitsWhileSomebodyMayBringMessages() throws {
    let queue = InputQueue(threads: 1)
    queue.addProducer()
    let found = TestLog<[UInt32?]>()
    let reader = try TestThread {
      while let chunk = queue.take() { found.append(Make.uids(chunk.inputs)) }
    }
    #expect(reader.isWaiting())
    queue.add(Make.message(7))
    #expect(found.wait(for: 1) == [[7]])
    #expect(reader.isWaiting())
    queue.removeProducer()
    reader.join()
    #expect(found.entries == [[7]])
  }

  @Test func aThreadThatBringsMoreThanThereIsRoomForWaits() throws {
    let queue = InputQueue(threads: 1)
    queue.addProducer()
    let brought = TestLog<UInt32>()
    let bringer = try TestThread {
      for uid in 1...200 as ClosedRange<UInt32> {
        queue.add(Make.message(uid))
        brought.append(uid)
      }
      queue.removeProducer()
    }
    _ = brought.wait(for: 64)
    #expect(bringer.isWaiting())
    #expect(brought.entries == Array(1...64))
    let taken = drained(queue)
    bringer.join()
    #expect(Make.uids(taken.flatMap(\.inputs)) == (1...200).map { $0 })
  }

  @Test func bytesAreBoundedButOneLargeMessageAlwaysFits() throws {
    let queue = InputQueue(threads: 1)
    queue.addProducer()
    // It would wait for ever if an empty queue had no room for it.
    queue.add(Make.message(1, size: 1 << 40))
    let bringer = try TestThread {
      queue.add(Make.message(2))
      queue.removeProducer()
    }
    #expect(bringer.isWaiting())
    #expect(queue.take().map { Make.uids($0.inputs) } == [1])
    bringer.join()
    #expect(queue.take().map { Make.uids($0.inputs) } == [2])
  }

  @Test func cancellingFreesWhoeverWaitsWhileItIsFull() throws {
    let queue = InputQueue(threads: 1)
    queue.addProducer()
    let bringer = try TestThread {
      for uid in 1...200 as ClosedRange<UInt32> { queue.add(Make.message(uid)) }
    }
    #expect(bringer.isWaiting())
    queue.cancel()
    bringer.join()
  }

  @Test func cancellingFreesWhoeverWaitsWhileItIsEmpty() throws {
    let queue = InputQueue(threads: 1)
    queue.addProducer()
    let reader = try TestThread { #expect(queue.take() == nil) }
    #expect(reader.isWaiting())
    queue.cancel()
    reader.join()
  }

  @Test func cancellingDropsFilesThatWait() {
    let queue = InputQueue(threads: 1)
    queue.add(files: [Make.message(1)])
    queue.cancel()
    #expect(queue.take() == nil)
  }
}
