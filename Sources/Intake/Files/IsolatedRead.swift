import Synchronization

/// An input that is being read alone, and what this has cost up to now.
struct IsolatedRead {
  private let memory = ProcessFigures.privateMemory
  /// What had been found when that was last looked at, and the processor time then.
  private var findings: Int
  private var foundAt = ProcessFigures.processorTime
  private var beatAt = ContinuousClock.now
  private(set) var note = CrashEvidence()

  private static let beat = Duration.milliseconds(50)

  init(findings: Int) {
    self.findings = findings
    note.outOfMemory = .now
  }

  /// Looks at the process again.
  /// - Returns: whether it was time to.
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

  /// Something was found in an input: the reading of it gets on.
  package func noteFinding() { findings.wrappingAdd(1, ordering: .relaxed) }

  /// Notes what the input that is read alone costs, if one is. To be called several times a second.
  package func beat() {
    state.withLock { state in
      guard !state.isClosed, state.lone?.look(findings: findings.load(ordering: .relaxed)) ?? false,
        let note = state.lone?.note
      else { return }
      write(note)
    }
  }
}
