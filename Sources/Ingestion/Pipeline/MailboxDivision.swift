import Intake

/// Divides the messages of an mbox file among threads, and passes on what they find in the order of the file.
final class MailboxDivision {
  private let queue: GroupQueue
  private let reader: ReportReader
  private let willRead: GroupReading.WillRead
  private let handle: (ReportEvent) throws -> Void
  private var open: [GroupReading] = []

  /// The number of groups that may wait for the first one.
  private static let mostOpen = 2 * ParserPool.maxThreads

  init(
    _ queue: GroupQueue, _ reader: ReportReader, willRead: @escaping GroupReading.WillRead,
    _ handle: @escaping (ReportEvent) throws -> Void
  ) {
    self.queue = queue
    self.reader = reader
    self.willRead = willRead
    self.handle = handle
  }

  deinit {
    for reading in open {
      _ = queue.remove(reading)
      reading.cancel()
    }
  }

  func take(_ group: MessageGroup) throws {
    let reading = GroupReading(group, willRead: willRead)
    open.append(reading)
    queue.add(reading)
    while open.count > Self.mostOpen { try finishFirst() }
  }

  func finish() throws { while !open.isEmpty { try finishFirst() } }

  private func finishFirst() throws {
    let reading = open[0]
    defer {
      _ = queue.remove(reading)
      open.removeFirst()
    }
    // Rather than wait for another thread, this one reads what none has begun.
    if queue.remove(reading) { return try reading.read(with: reader, handle) }
    defer { reading.cancel() }
    while let events = try reading.next() { for event in events { try handle(event) } }
  }
}
