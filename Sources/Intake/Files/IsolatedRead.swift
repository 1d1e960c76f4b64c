import Synchronization

/// An input that is being read in isolation, and what this has cost so far.
struct IsolatedRead {
  private let memory = ProcessFigures.privateMemory
  /// The number of findings at the last check, and the processor time then.
  private var findings: Int
  private var foundAt = ProcessFigures.processorTime
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
    let time = ProcessFigures.processorTime
    if findings != self.findings {
      self.findings = findings
      foundAt = time
    }
    note.stalled = time - foundAt
    note.growth = max(note.growth, ProcessFigures.privateMemory - memory)
    return true
  }
}

extension ReadingJournal {
  func beginAlone(_ state: inout State) {
    let lone = IsolatedRead(findings: findings.load(ordering: .relaxed))
    state.lone = lone
    if !state.isClosed { write(lone.note) }
  }

  /// Records that something was found in an input, so that its reading makes progress.
  package func noteFinding() { findings.wrappingAdd(1, ordering: .relaxed) }

  /// Records the cost of the input that is read in isolation, if there is one. Call this several times a second.
  package func beat() {
    state.withLock { state in
      guard !state.isClosed, state.lone?.look(findings: findings.load(ordering: .relaxed)) ?? false,
        let note = state.lone?.note
      else { return }
      write(note)
    }
  }
}
