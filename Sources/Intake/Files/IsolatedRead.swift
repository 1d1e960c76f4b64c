import Synchronization

/// An input that is being read in isolation, and what this has cost so far.
struct IsolatedRead {
  private let memory = ProcessStatistics.privateMemory
  /// The number of findings at the last check, and the processor time then.
  private var findings: Int
  private var foundAt = ProcessStatistics.processorTime
  private var beatAt = ContinuousClock.now
  private(set) var note = CrashEvidence()

  private static let beat = Duration.milliseconds(50)

  init(findings: Int) {
    self.findings = findings
    note.outOfMemory = .now
  }

  /// Checks the process again.
  /// - Returns: whether a check was due.
  mutating func look(findings: Int) -> Bool {
    guard beatAt.duration(to: .now) >= Self.beat else { return false }
    beatAt = .now
    let time = ProcessStatistics.processorTime
    if findings != self.findings {
      self.findings = findings
      foundAt = time
    }
    note.stalled = time - foundAt
    note.growth = max(note.growth, ProcessStatistics.privateMemory - memory)
    return true
  }
}

extension ReadingJournal {
  func beginIsolatedRead(_ state: inout State) {
    let isolatedRead = IsolatedRead(findings: findings.load(ordering: .relaxed))
    state.isolatedRead = isolatedRead
    if !state.isClosed { write(isolatedRead.note) }
  }

  /// Records that something was found in an input, so that its reading makes progress.
  package func noteFinding() { findings.wrappingAdd(1, ordering: .relaxed) }

  /// Records the cost of the input that is read in isolation, if there is one. Call this several times a second.
  package func beat() {
    state.withLock { state in
      guard !state.isClosed, state.isolatedRead?.look(findings: findings.load(ordering: .relaxed)) ?? false,
        let note = state.isolatedRead?.note
      else { return }
      write(note)
    }
  }
}
