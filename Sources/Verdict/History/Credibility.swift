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
  /// On one organisation, or on some that anybody could have named, in a store where no one is believed by itself yet.
  case singleReporter
}

/// Organisations that say the same of something: the first, and whether there is another.
struct Voices {
  private var first: Int32 = -1
  private(set) var areSeveral = false

  var areAny: Bool { first >= 0 }

  /// Whether this is the first of them, or the only one.
  func isOnly(_ voice: Int32) -> Bool { first == voice }

  mutating func add(_ voice: Int32) {
    if first < 0 { first = voice } else if voice != first { areSeveral = true }
  }
}

/// Who speaks of a source, and how many messages say that SPF authorises it or that nothing does.
private struct SourceVoices {
  /// Organisations that are believed and found aligned SPF passes; all that report the source.
  var aligned = Voices()
  var tellers = Voices()
  var alignedMessages: Int64 = 0
  var failingMessages: Int64 = 0

  /// Receivers find the same of a source that SPF authorises, so a few passes among many failures are not evidence of it.
  var isMostlyFailing: Bool { alignedMessages.multipliedClamped(by: 20) < failingMessages }
}

extension OrganisationHistory {
  /// Whether what a day says may clear something; one that is contested never does.
  func isCredible(_ day: Day) -> Bool { credibility == .everybody || day.voice >= 0 }

  /// Whether these organisations are enough to clear something: two, if there are two whose reports count, since one may be the one that
  /// is patient. Where only one counts, it has to do; while nobody is believed by itself, its verdicts are marked.
  func suffices(_ voices: Voices) -> Bool {
    guard credibility != .everybody else { return true }
    return voicesOfAll.areSeveral ? voices.areSeveral : voices.areAny
  }

  /// The same for a statement that some of those who report a source make in its favour. One of them, even if believed by itself, is not
  /// enough against others: it takes two, or that nobody else reports the source.
  private func suffices(_ voices: Voices, against tellers: Voices) -> Bool {
    suffices(voices) && (credibility != .known || voices.areSeveral || !tellers.areSeveral)
  }

  /// Goes once through all days: which organisations report each flow, and where aligned SPF passes are believed.
  func weighVoices() {
    guard credibility != .everybody else { return }
    voicesOfStatements = Array(repeating: Voices(), count: statementCount)
    var sources = [SourceVoices](repeating: SourceVoices(), count: sourceMarks.count)
    var passes: Set<UInt64> = []
    var failures: Set<UInt64> = []
    for day in days {
      let flow = flows[Int(day.flow)]
      let source = Int(flow.source)
      if day.teller >= 0 { sources[source].tellers.add(day.teller) }
      if credibility == .independent, !flow.marks.contains(.passes) {
        failures.insert(DistinctCounts.pair(flow.source, day.teller))
      }
      guard isCredible(day) else { continue }
      voicesOfAll.add(day.voice)
      independentVoices.add(strangers.contains(Int64(day.voice)) ? .max : day.voice)
      voicesOfStatements[Int(flow.statement)].add(day.voice)
      if flow.marks.contains(.spfAligned) {
        sources[source].aligned.add(day.voice)
        sources[source].alignedMessages = sources[source].alignedMessages.addingClamped(day.messages)
        if credibility == .independent { passes.insert(DistinctCounts.pair(flow.source, day.voice)) }
      } else if !flow.marks.contains(.passes) {
        sources[source].failingMessages = sources[source].failingMessages.addingClamped(day.messages)
      }
    }
    for (index, source) in sources.enumerated()
    where !suffices(source.aligned, against: source.tellers) || source.isMostlyFailing {
      sourceMarks[index].remove(.spfAligned)
    }
    if voicesOfAll.areSeveral {
      // While nobody is known, failing mail is cleared only by the word of all that report it.
      for pair in failures where !passes.contains(pair) { sourceMarks[Int(pair >> 32)].remove(.spfAligned) }
    }
    // Only failing mail is cleared by the word of others.
    let pairs = days.lazy.filter { !self.flows[Int($0.flow)].marks.contains(.passes) }
      .map { DistinctCounts.pair($0.flow, $0.teller) }.sorted()
    flowVoices = pairs.indices.lazy.filter { $0 == 0 || pairs[$0] != pairs[$0 - 1] }.map { pairs[$0] }
  }

  /// What the verdict on a flow rests on: on its own rows, or else on earlier mail of the same source.
  func support(of index: Int) -> Support {
    let flow = flows[index]
    switch credibility {
    case .everybody: return .sufficient
    case .known:
      return voicesOfStatements[Int(flow.statement)].areAny || hasCredibleHistory(index)
        ? .sufficient : .unknownReporters
    case .independent: return independentVoices.areSeveral ? .sufficient : .singleReporter
    }
  }

  private func hasCredibleHistory(_ index: Int) -> Bool {
    sourceMarks[Int(flows[index].source)].contains(.spfAligned)
      || vouchedKeys(of: index).contains { summary.relayedIntact[$0] > 0 || summary.attested[$0] > 0 }
  }

  /// The infrastructure and envelope of a flow, as far as earlier mail of them may clear it. Failing mail is cleared by the word of those
  /// that report it, or of two organisations that are believed by themselves.
  func vouchedKeys(of index: Int) -> [Int] {
    let flow = flows[index]
    var keys = [flow.infrastructure, flow.envelope].filter { $0 >= 0 }
    guard !flow.marks.contains(.passes) else { return keys.map(Int.init) }
    if !flow.marks.contains(.attested), credibility != .everybody { keys.removeAll(where: summary.isMostlyFailing) }
    switch credibility {
    case .everybody: return keys.map(Int.init)
    case .independent:
      guard voicesOfAll.areSeveral else { return keys.map(Int.init) }
      let isVouched = voices(of: index).allSatisfy { voice in
        keys.contains { summary.intactPairs.contains(DistinctCounts.pair($0, voice)) }
      }
      return isVouched ? keys.map(Int.init) : []
    case .known:
      return keys.map(Int.init).filter { key in
        let vouchers = summary.vouchers[key]
        // Whoever reports attested mail says himself what the others say.
        if flow.marks.contains(.attested) { return vouchers.areAny }
        return vouchers.areSeveral || voices(of: index).allSatisfy(vouchers.isOnly)
      }
    }
  }

  /// The organisations that report a failing flow; -1 stands for contested reports.
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
