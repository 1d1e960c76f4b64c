import Foundation
import Synchronization
import Testing

/// Checks in `imap/*.py`. Each line of their output becomes an expectation with its file and line.
///
/// A few processes run the checks one after the other and reuse their Dovecot servers. Tests wait without blocking a thread.
actor PythonChecks {
  static let shared = PythonChecks()

  private struct Report: Decodable {
    var ok: Bool?
    var file: String?
    var line: Int?
    var text: String?
    /// The name of a finished check.
    var done: String?
  }

  private var idle: [Worker] = []
  private var count = 0
  private var waiting: [(name: String, continuation: CheckedContinuation<Worker, any Error>)] = []

  /// The maximum number of checks at the same time. A check waits for its servers about half of its time.
  private static let most = max(8, 4 * ProcessInfo.processInfo.activeProcessorCount)
  /// Checks that start before the others, so that none of them runs alone at the end.
  private static let longest: Set = [
    "checks.every_boundary", "checks.every_boundary_without_extensions", "checks.every_boundary_with_uidplus",
    "checks.random_cuts_1", "checks.random_cuts_2", "checks.watching", "checks.watching_ended_anywhere",
    "checks.server_restarts", "checks.large_mails", "checks.published", "bad_days.flawed_contents",
    "bad_days.not_given",
  ]

  /// Runs a check and waits for its end.
  /// - Parameters:
  ///   - name: file and function, such as `checks.logins`.
  ///   - mostlyWaits: whether it needs little processor time, so that it does not wait for its turn.
  static func run(_ name: String, mostlyWaits: Bool = false) async throws {
    let worker = try await mostlyWaits ? Worker() : shared.worker(name)
    let lines = await worker.run(name)
    let reports = lines.compactMap { try? JSONDecoder().decode(Report.self, from: Data($0.utf8)) }
    let hasEnded = reports.last?.done == name
    if mostlyWaits { worker.end() } else { await shared.release(hasEnded ? worker : nil) }
    for report in reports {
      guard let isRight = report.ok, let file = report.file, let line = report.line else { continue }
      #expect(isRight, "\(report.text ?? "")", sourceLocation: place(file, line))
    }
    #expect(hasEnded, "\(name) came to no end: \(lines.suffix(5))")
    #expect(reports.contains { $0.ok != nil }, "\(name) has checked nothing")
  }

  private static func place(_ file: String, _ line: Int) -> SourceLocation {
    SourceLocation(
      fileID: "EndToEndTests/imap/\(file)", filePath: Program.root + "/Tests/EndToEndTests/imap/\(file)", line: line,
      column: 1)
  }

  private func worker(_ name: String) async throws -> Worker {
    if let worker = idle.popLast() { return worker }
    if count < Self.most {
      count += 1
      return try Worker()
    }
    return try await withCheckedThrowingContinuation { waiting.append((name, $0)) }
  }

  /// Returns a worker for the next check; nil for a dead one.
  private func release(_ worker: Worker?) {
    guard !waiting.isEmpty else {
      if let worker { idle.append(worker) } else { count -= 1 }
      return
    }
    let next = waiting.remove(at: waiting.firstIndex { Self.longest.contains($0.name) } ?? 0)
    next.continuation.resume(with: Result { try worker ?? Worker() })
  }
}

/// A Python process that runs checks. It ends when its standard input does, at the latest with these tests.
private final class Worker: Sendable {
  private let process: Process
  private let input = Pipe()
  private let output = Pipe()
  private let queue = DispatchQueue(label: "worker")
  private let rest = Mutex("")

  init() throws {
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [Program.root + "/Tests/EndToEndTests/imap/worker.py", Program.binary]
    process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    // Only the worker may have the other ends open; otherwise neither side would see the end of the other.
    try? input.fileHandleForReading.close()
    try? output.fileHandleForWriting.close()
  }

  func end() { try? input.fileHandleForWriting.close() }

  /// The lines of a check; the last one marks its end.
  func run(_ name: String) async -> [String] {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.perform(name)) }
    }
  }

  private func perform(_ name: String) -> [String] {
    try? input.fileHandleForWriting.write(contentsOf: Data("\(name)\n".utf8))
    var lines: [String] = []
    while true {
      while let line = nextLine() {
        lines.append(line)
        if line.hasPrefix("{\"done\"") { return lines }
      }
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { return lines }
      rest.withLock { $0 += String(decoding: data, as: UTF8.self) }
    }
  }

  private func nextLine() -> String? {
    rest.withLock { text in
      guard let end = text.firstIndex(of: "\n") else { return nil }
      defer { text = String(text[text.index(after: end)...]) }
      return String(text[..<end])
    }
  }
}
