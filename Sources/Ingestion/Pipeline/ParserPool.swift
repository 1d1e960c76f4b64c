import DMARC
import Dispatch
import Foundation
import IMAP
import Intake
import Synchronization

/// Parses inputs on all cores and sends the results to one queue in the order of the inputs. The order decides which of
/// two contents of one report comes first, which must not depend on timing, and the rows of a long report must arrive
/// together.
final class ParserPool: Sendable {
  let queue: WriterQueue
  let sequencer = Sequencer()
  let journal: ReadingJournal?
  /// Messages of mbox files that any thread may read.
  let groups = GroupQueue()
  private let inputQueue: InputQueue
  private let limits: Limits
  private let trustedHosts: Set<DomainName>
  private let running = Mutex(0)

  /// Whether messages of an mbox file can be read by several threads.
  var hasSeveralThreads: Bool { running.withLock { $0 > 1 } }

  /// One more than the number of cores, because one thread may be waiting for its turn.
  static let maxThreads = ProcessInfo.processInfo.activeProcessorCount + 1

  init(
    _ inputQueue: InputQueue, _ queue: WriterQueue, limits: Limits, trustedHosts: Set<DomainName>,
    journal: ReadingJournal? = nil
  ) {
    self.inputQueue = inputQueue
    self.queue = queue
    self.limits = limits
    self.trustedHosts = trustedHosts
    self.journal = journal
  }

  /// Starts the threads, fewer if the system cannot create more. They end when all inputs are read, or after
  /// ``cancel()``.
  /// - Throws: ``IngestionError`` if no thread can be started.
  func start(threads: Int = maxThreads) throws {
    let startSignal = DispatchSemaphore(value: 0)
    var started = 0
    defer {
      running.withLock { $0 = started }
      for _ in 0..<started { groups.addFinder() }
      for _ in 0..<started { startSignal.signal() }
    }
    for _ in 0..<threads {
      let body: @Sendable () -> Void = {
        startSignal.wait()
        self.run()
        let isLast = self.running.withLock {
          $0 -= 1
          return $0 == 0
        }
        if isLast { self.queue.send([.end]) }
      }
      do {
        // GMime parses nested parts recursively; the limits restrict that to a part of this stack.
        try WorkerThread.start(stackSize: 4 << 20, body)
        started += 1
      } catch {
        guard started > 0 else { throw error }
        return
      }
    }
  }

  /// Makes the threads end; anything they still send is discarded.
  func cancel() {
    queue.cancel()
    inputQueue.cancel()
    groups.cancel()
    sequencer.open()
  }

  private func run() {
    let reader = ReportReader(
      limits: limits, trustedHosts: trustedHosts, now: { Int64(Date().timeIntervalSince1970) })
    while let chunk = inputQueue.take() {
      let chunkReader = ChunkReader(chunk.number, pool: self)
      for (offset, input) in chunk.inputs.enumerated() {
        chunkReader.read(input, chunk.firstInput + offset, with: reader)
      }
      chunkReader.flush()
      sequencer.finish(chunk.number)
    }
    // No input is left for this thread, so it reads messages that others have found.
    groups.removeFinder()
    while let reading = groups.take() { reading.read(with: reader) }
  }
}
