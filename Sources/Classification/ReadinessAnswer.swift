package import Settings

/// Whether a stricter policy can be published for a domain. The raw values are printed.
package enum ReadinessAnswer: String, Sendable, Hashable {
  /// None of the domain's own messages that reports show would be lost.
  case yes
  /// Own messages would be lost.
  case no
  /// Reports do not say enough.
  case cannotTell = "cannot-tell"
}

/// Why reports do not say enough for "yes". The raw values are printed, never renamed.
package enum ReadinessDoubt: String, Sendable, Hashable, CaseIterable {
  /// Too much mail may be the domain's own.
  case undecided
  case fewDays = "few-days"
  case fewReporters = "few-reporters"
  /// The SPF record has not been looked up, so hosts that it authorises are not known.
  case unknownSPF = "unknown-spf"
}

/// The sums of a domain and a period on which the answer rests. All counts but days and reporters are messages.
package struct ReadinessFigures: Sendable, Hashable {
  package var messages: Int64 = 0
  package var passed: Int64 = 0
  /// Failing messages by the effect of a stricter policy.
  package var yours: Int64 = 0
  package var passedOn: Int64 = 0
  package var undecided: Int64 = 0
  package var abuse: Int64 = 0
  /// UTC days with reports.
  package var days: Int64 = 0
  package var reporters: Int64 = 0
  package var isSPFKnown = false

  package init() {}

  /// Adds failing messages.
  package mutating func add(_ count: Int64, _ effect: ReadinessReport.Effect) {
    switch effect {
    case .yours: yours += count
    case .passedOn: passedOn += count
    case .undecided: undecided += count
    case .abuse: abuse += count
    }
  }

  /// The share of undecided messages in those that may be the domain's own, 0...1.
  package var undecidedShare: Double {
    let own = messages - abuse
    return own > 0 ? Double(undecided) / Double(own) : 0
  }

  /// What keeps the answer from being "yes", apart from own mail that fails.
  package func doubts(_ thresholds: ReadinessThresholds) -> [ReadinessDoubt] {
    ReadinessDoubt.allCases.filter { doubt in
      switch doubt {
      case .undecided: undecidedShare > thresholds.undecidedShare
      case .fewDays: days < thresholds.days
      case .fewReporters: reporters < thresholds.reporters
      case .unknownSPF: !isSPFKnown
      }
    }
  }

  /// The answer. Own mail that fails is certain, however much else is in doubt.
  package func answer(_ thresholds: ReadinessThresholds) -> ReadinessAnswer {
    if yours > 0 { return .no }
    return doubts(thresholds).isEmpty ? .yes : .cannotTell
  }
}
