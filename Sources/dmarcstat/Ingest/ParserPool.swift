import DMARC
import Dispatch
import Foundation
import Intake
import Synchronization

/// What the parsing threads tell the writer. `input` is the index of the file.
enum ParserMessage: Sendable {
  /// A report whose rows all fit in memory.
  case report(input: Int, ReadReport)
  /// Rows of a long report; its `longEnd` or `rejected` follows before anything of another input.
  case longRows(input: Int, RecordBatch, head: ReportHead)
  case longEnd(input: Int, ReadReport)
  case rejected(input: Int, member: String?, Rejection)
  case notAReport(input: Int, kind: String)
  /// Everything in the input has been told.
  case inputDone(input: Int)
}

/// Reads inputs on all cores and sends what it finds to one queue, in the order of the inputs: which of two contents of one
/// report is the first must not be left to chance, and the rows of a long report must arrive together.
final class ParserPool: Sendable {
  let queue: BoundedQueue<ParserMessage>
  private let inputs: [InputFile]
  private let reading: ReportReading
  private let nextInput = Mutex(0)
  private let isCancelled = Mutex(false)
  private let turnstile = Turnstile()

  init(_ inputs: [InputFile], limits: Limits) {
    self.inputs = inputs
    reading = ReportReading(limits: limits)
    queue = BoundedQueue(capacity: 4)
  }

  /// Starts the threads; they end by themselves when all inputs are read, or after ``cancel()``.
  func start() {
    // One more than there are cores, because one may be waiting for its turn.
    let threads = min(inputs.count, ProcessInfo.processInfo.activeProcessorCount + 1)
    for _ in 0..<threads {
      let thread = Thread { self.run() }
      // libxml2 and zlib want little, but a thread's default stack on other systems may be small.
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  /// Makes the threads end; what they still send is thrown away.
  func cancel() {
    isCancelled.withLock { $0 = true }
    turnstile.open()
    while queue.receive(timeout: .milliseconds(0)) != nil {}
  }

  private func takeInput() -> Int? {
    if isCancelled.withLock({ $0 }) { return nil }
    return nextInput.withLock { next in
      guard next < inputs.count else { return nil }
      defer { next += 1 }
      return next
    }
  }

  private func run() {
    while let input = takeInput() {
      let reader = InputReader(input, pool: self)
      reader.read(inputs[input], with: reading)
      turnstile.finish(input)
    }
  }

  /// Reads one input and sends what it finds, once all inputs before it have been told.
  private final class InputReader {
    private let input: Int
    private let pool: ParserPool
    private var isLong = false

    init(_ input: Int, pool: ParserPool) {
      self.input = input
      self.pool = pool
    }

    func read(_ file: InputFile, with reading: ReportReading) {
      // What is thrown here is only the cancellation below.
      try? reading.read(file) { event in
        // A queue that nobody empties any more would block for ever.
        if self.pool.isCancelled.withLock({ $0 }) { throw CancellationError() }
        self.handle(event)
      }
      send(.inputDone(input: input))
    }

    private func handle(_ event: ReportEvent) {
      switch event {
      case .rows(let batch, let head):
        isLong = true
        send(.longRows(input: input, batch, head: head))
      case .report(let report):
        send(isLong ? .longEnd(input: input, report) : .report(input: input, report))
        isLong = false
      case .rejected(let member, let why):
        send(.rejected(input: input, member: member, why))
        isLong = false
      case .notAReport(let kind): send(.notAReport(input: input, kind: kind))
      }
    }

    private func send(_ message: ParserMessage) {
      pool.turnstile.wait(for: input)
      guard !pool.isCancelled.withLock({ $0 }) else { return }
      pool.queue.send(message)
    }
  }
}
