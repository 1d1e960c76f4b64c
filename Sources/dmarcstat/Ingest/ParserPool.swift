import DMARC
import Dispatch
import Foundation
import Intake
import Synchronization

/// What the parsing threads tell the writer. `input` is the index of the file.
enum ParserMessage: Sendable {
  /// A report whose rows all fit in memory.
  case report(input: Int, ReadReport)
  /// Rows of a long report; its `longEnd` or `rejected` follows before anything else of another input.
  case longRows(input: Int, RecordBatch, head: ReportHead)
  case longEnd(input: Int, ReadReport)
  case rejected(input: Int, member: String?, Rejection)
  case notAReport(input: Int, kind: String)
  /// Everything in the input has been told.
  case inputDone(input: Int)
}

/// Reads inputs on all cores and sends what it finds to one queue.
final class ParserPool: Sendable {
  let queue: BoundedQueue<ParserMessage>
  private let inputs: [InputFile]
  private let reading: ReportReading
  private let nextInput = Mutex(0)
  private let isCancelled = Mutex(false)
  /// Held while a long report is being sent, so that its rows arrive together.
  private let turn = DispatchSemaphore(value: 1)

  init(_ inputs: [InputFile], limits: Limits) {
    self.inputs = inputs
    reading = ReportReading(limits: limits)
    queue = BoundedQueue(capacity: 4)
  }

  /// Starts the threads; they end by themselves when all inputs are read, or after ``cancel()``.
  func start() {
    let threads = min(max(1, inputs.count), max(1, ProcessInfo.processInfo.activeProcessorCount))
    for _ in 0..<threads {
      let thread = Thread { self.run() }
      // libxml2 and zlib want little, but a thread's default stack on other systems may be small.
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  func cancel() { isCancelled.withLock { $0 = true } }

  private func takeInput() -> Int? {
    if isCancelled.withLock({ $0 }) { return nil }
    return nextInput.withLock { next in
      guard next < inputs.count else { return nil }
      defer { next += 1 }
      return next
    }
  }

  private func run() {
    while let input = takeInput() { InputReader(input, pool: self).read(inputs[input], with: reading) }
  }

  /// Reads one input; holds the turn as long as a long report is open.
  private final class InputReader {
    private let input: Int
    private let pool: ParserPool
    private var isLong = false

    init(_ input: Int, pool: ParserPool) {
      self.input = input
      self.pool = pool
    }

    func read(_ file: InputFile, with reading: ReportReading) {
      do {
        try reading.read(file) { event in
          // A pool that is no longer listened to would wait for ever.
          if self.pool.isCancelled.withLock({ $0 }) { throw CancellationError() }
          self.handle(event)
        }
        send(.inputDone(input: input))
      } catch {
        if isLong { pool.turn.signal() }
      }
    }

    private func handle(_ event: ReportEvent) {
      switch event {
      case .rows(let batch, let head):
        if !isLong { pool.turn.wait() }
        isLong = true
        pool.queue.send(.longRows(input: input, batch, head: head))
      case .report(let report): endLong(with: isLong ? .longEnd(input: input, report) : .report(input: input, report))
      case .rejected(let member, let why): endLong(with: .rejected(input: input, member: member, why))
      case .notAReport(let kind): send(.notAReport(input: input, kind: kind))
      }
    }

    private func endLong(with message: ParserMessage) {
      guard isLong else { return send(message) }
      pool.queue.send(message)
      isLong = false
      pool.turn.signal()
    }

    private func send(_ message: ParserMessage) {
      pool.turn.wait()
      pool.queue.send(message)
      pool.turn.signal()
    }
  }
}
