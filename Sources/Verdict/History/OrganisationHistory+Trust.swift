import DMARC

/// The organisations that report a source, and how many messages they report with and without an aligned SPF pass.
private struct SourceReports {
  /// The trusted organisations that report aligned SPF passes, and all organisations that report the source.
  var aligned = ReportingOrganisations()
  var reporting = ReportingOrganisations()
  var alignedMessages: Int64 = 0
  var failingMessages: Int64 = 0

  /// Whether passes are too rare to be evidence: all receivers get the same SPF result for an authorised source.
  var isMostlyFailing: Bool { alignedMessages.multipliedClamped(by: 20) < failingMessages }
}

extension OrganisationHistory {
  /// Whether the report of a day may speak in favour of a source. A contested report never may.
  func isTrusted(_ day: Day) -> Bool { trustPolicy == .everyone || day.trustedOrganisation >= 0 }

  /// Whether these organisations suffice to speak in favour of a source: two, if there are two whose reports count, since one alone may be
  /// a patient attacker. If only one counts, it suffices; while no organisation is trusted, verdicts based on it are marked.
  func isEnough(_ organisations: ReportingOrganisations) -> Bool {
    guard trustPolicy != .everyone else { return true }
    return trustedOrganisations.areSeveral ? organisations.areSeveral : organisations.areAny
  }

  /// The same for a statement that only some of the organisations that report a source make. One of them, even if trusted, is not
  /// enough against others: two are required, or no other organisation may report the source.
  private func isEnough(_ organisations: ReportingOrganisations, against reporting: ReportingOrganisations) -> Bool {
    isEnough(organisations) && (trustPolicy != .trusted || organisations.areSeveral || !reporting.areSeveral)
  }

  /// Determines in one pass over all days which organisations report each flow, and which aligned SPF passes count.
  func countReportingOrganisations() {
    guard trustPolicy != .everyone else { return }
    organisationsByStatement = Array(repeating: ReportingOrganisations(), count: statementCount)
    var sources = [SourceReports](repeating: SourceReports(), count: sourceFlags.count)
    var passes: [UInt64] = []
    var failures: [UInt64] = []
    for day in days {
      let flow = flows[Int(day.flow)]
      let source = Int(flow.source)
      if day.reportingOrganisation >= 0 { sources[source].reporting.add(day.reportingOrganisation) }
      if trustPolicy == .corroborated, !flow.flags.contains(.passes) {
        failures.append(DistinctCounts.pair(flow.source, day.reportingOrganisation))
      }
      guard isTrusted(day) else { continue }
      trustedOrganisations.add(day.trustedOrganisation)
      independentOrganisations.add(
        unverifiedOrganisations.contains(Int64(day.trustedOrganisation)) ? .max : day.trustedOrganisation)
      organisationsByStatement[Int(flow.statement)].add(day.trustedOrganisation)
      if flow.flags.contains(.spfAligned) {
        sources[source].aligned.add(day.trustedOrganisation)
        sources[source].alignedMessages = sources[source].alignedMessages.addingClamped(day.messages)
        if trustPolicy == .corroborated { passes.append(DistinctCounts.pair(flow.source, day.trustedOrganisation)) }
      } else if !flow.flags.contains(.passes) {
        sources[source].failingMessages = sources[source].failingMessages.addingClamped(day.messages)
      }
    }
    for (index, source) in sources.enumerated()
    where !isEnough(source.aligned, against: source.reporting) || source.isMostlyFailing {
      sourceFlags[index].remove(.spfAligned)
    }
    if trustedOrganisations.areSeveral {
      // While no organisation is trusted, failing messages need the support of all organisations that report them.
      RadixSort.makeUnique(&passes)
      for pair in failures where !passes.containsSorted(pair) { sourceFlags[Int(pair >> 32)].remove(.spfAligned) }
    }
    // Only failing messages need the support of reporters.
    flowOrganisations = []
    for day in days where !flows[Int(day.flow)].flags.contains(.passes) {
      let pair = DistinctCounts.pair(day.flow, day.reportingOrganisation)
      if flowOrganisations.last != pair { flowOrganisations.append(pair) }
    }
    RadixSort.makeUnique(&flowOrganisations)
  }

  /// Which reporters the verdict on a flow rests on, by its own rows or by earlier messages of the same source.
  func support(of index: Int) -> Support {
    let flow = flows[index]
    switch trustPolicy {
    case .everyone: return .sufficient
    case .trusted:
      return organisationsByStatement[Int(flow.statement)].areAny || hasTrustedHistory(index)
        ? .sufficient : .unknownReporters
    case .corroborated: return independentOrganisations.areSeveral ? .sufficient : .singleReporter
    }
  }

  private func hasTrustedHistory(_ index: Int) -> Bool {
    sourceFlags[Int(flows[index].source)].contains(.spfAligned)
      || supportedKeys(of: index).contains { summary.relayedIntact[$0] > 0 || summary.attested[$0] > 0 }
  }

  /// The infrastructure and envelope of a flow whose earlier messages may speak in its favour. For failing messages, this needs the
  /// support of all organisations that report them, or of two trusted ones.
  func supportedKeys(of index: Int) -> [Int] {
    let flow = flows[index]
    var keys = Array(flow.relayKeys)
    guard !flow.flags.contains(.passes) else { return keys.map(Int.init) }
    if !flow.flags.contains(.attested), trustPolicy != .everyone { keys.removeAll(where: summary.isMostlyFailing) }
    switch trustPolicy {
    case .everyone: return keys.map(Int.init)
    case .corroborated:
      guard trustedOrganisations.areSeveral else { return keys.map(Int.init) }
      let isSupported = organisations(of: index).allSatisfy { trustedOrganisation in
        keys.contains { summary.intactPairs.containsSorted(DistinctCounts.pair($0, trustedOrganisation)) }
      }
      return isSupported ? keys.map(Int.init) : []
    case .trusted:
      return keys.map(Int.init).filter { key in
        let supporters = summary.supporters[key]
        // An organisation that reports attested messages makes the same statement itself.
        if flow.flags.contains(.attested) { return supporters.areAny }
        return supporters.areSeveral || organisations(of: index).allSatisfy(supporters.isOnly)
      }
    }
  }

  /// The organisations that report a failing flow; -1 for contested reports.
  private func organisations(of index: Int) -> [Int32] {
    let first = DistinctCounts.pair(Int32(index), 0)
    var (low, high) = (0, flowOrganisations.count)
    while low < high {
      let middle = (low + high) / 2
      if flowOrganisations[middle] < first { low = middle + 1 } else { high = middle }
    }
    return flowOrganisations[low...].prefix { $0 >> 32 == first >> 32 }.map { Int32(truncatingIfNeeded: $0) }
  }
}
