import DMARC

/// Whose reports may clear a source. Facts that accuse are taken from anybody.
public enum Credibility: Sendable, Hashable {
  /// Everybody's: nothing is known of who reports.
  case everybody
  /// Those of organisations that are believed by themselves.
  case known
  /// There is none of these yet: those of two organisations that say the same.
  case independent
}

/// What a verdict rests on besides the rules.
public enum Support: Sendable, Hashable {
  /// On an organisation that is believed by itself, or on several.
  case sufficient
  /// Only on organisations that are not believed by themselves, though others are.
  case unknownReporters
  /// On one organisation, in a store where no one is believed by itself yet.
  case singleReporter
}

/// Organisations that say the same of something: the first, and whether there is another.
struct Voices {
  private var first: Int32 = -1
  private(set) var areSeveral = false

  var areAny: Bool { first >= 0 }

  mutating func add(_ voice: Int32) {
    if first < 0 { first = voice } else if voice != first { areSeveral = true }
  }
}

extension OrganisationHistory {
  /// Whether what a day says may clear something; one that is contested never does.
  func isCredible(_ day: Day) -> Bool { credibility == .everybody || day.voice >= 0 }

  /// Whether these organisations are enough to clear something. In a store where one organisation reports alone, it has to do; its
  /// verdicts are marked.
  func suffices(_ voices: Voices) -> Bool {
    credibility == .independent && voicesOfAll.areSeveral
      ? voices.areSeveral : voices.areAny || credibility == .everybody
  }

  /// Goes once through all days: which organisations report each flow, and where aligned SPF passes are believed.
  func weighVoices() {
    guard credibility != .everybody else { return }
    voicesOfStatements = Array(repeating: Voices(), count: statementCount)
    var aligned = [Voices](repeating: Voices(), count: sourceMarks.count)
    for day in days where isCredible(day) {
      let flow = flows[Int(day.flow)]
      voicesOfAll.add(day.voice)
      voicesOfStatements[Int(flow.statement)].add(day.voice)
      if flow.marks.contains(.spfAligned) { aligned[Int(flow.source)].add(day.voice) }
    }
    for source in aligned.indices where !suffices(aligned[source]) { sourceMarks[source].remove(.spfAligned) }
    guard credibility == .independent, voicesOfAll.areSeveral else { return }
    let pairs = days.map { DistinctCounts.pair($0.flow, $0.voice) }.sorted()
    flowVoices = pairs.indices.lazy.filter { $0 == 0 || pairs[$0] != pairs[$0 - 1] }.map { pairs[$0] }
  }

  /// What the verdict on a flow rests on: on its own rows, or else on earlier mail of the same source.
  func support(of index: Int) -> Support {
    let flow = flows[index]
    switch credibility {
    case .everybody: return .sufficient
    case .known:
      return voicesOfStatements[Int(flow.statement)].areAny || hasCredibleHistory(flow)
        ? .sufficient : .unknownReporters
    case .independent: return voicesOfAll.areSeveral ? .sufficient : .singleReporter
    }
  }

  private func hasCredibleHistory(_ flow: FlowTraits) -> Bool {
    sourceMarks[Int(flow.source)].contains(.spfAligned)
      || [flow.infrastructure, flow.envelope].contains { key in
        key >= 0 && (summary.relayedIntact[Int(key)] > 0 || summary.attested[Int(key)] > 0)
      }
  }

  /// In a store where no organisation is believed by itself, earlier mail clears a flow only by the word of those that report the flow.
  func isVouched(_ index: Int, by pairs: Set<UInt64>) -> Bool {
    guard credibility == .independent, voicesOfAll.areSeveral else { return true }
    let keys = [flows[index].infrastructure, flows[index].envelope].filter { $0 >= 0 }
    return voices(of: index).allSatisfy { voice in
      keys.contains { pairs.contains(DistinctCounts.pair($0, voice)) }
    }
  }

  /// The organisations that report a flow; -1 stands for those that are not believed.
  private func voices(of index: Int) -> [Int32] {
    let first = DistinctCounts.pair(Int32(index), 0)
    var (low, high) = (0, flowVoices.count)
    while low < high {
      let middle = (low + high) / 2
      if flowVoices[middle] < first { low = middle + 1 } else { high = middle }
    }
    return flowVoices[low...].prefix { $0 >> 32 == first >> 32 }.map { Int32(truncatingIfNeeded: $0) }
  }
}
