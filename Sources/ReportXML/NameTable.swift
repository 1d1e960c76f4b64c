import DMARC

/// The distinct names of one report by kind, up to a limit each. Names beyond the limit are counted under one placeholder.
///
/// Every name has a permanent cost in the database, because verdicts depend on all mail of an organisation. So a report must not
/// introduce as many as fit into a message.
struct NameTable {
  /// The kinds of names that are limited, as bits.
  struct Kinds: OptionSet {
    let rawValue: UInt8
    static let fromDomain = Kinds(rawValue: 1)
    static let dkimDomain = Kinds(rawValue: 2)
    static let selector = Kinds(rawValue: 4)
    static let envelopeDomain = Kinds(rawValue: 8)
    static let text = Kinds(rawValue: 16)
    static let outcome = Kinds(rawValue: 32)
    static let recipientDomain = Kinds(rawValue: 64)
    static let address = Kinds(rawValue: 128)
  }

  /// The placeholder for domains beyond the limit. No host name begins with an underscore.
  static let placeholder = "_others"
  /// The maximum number of distinct outcomes of one report. Limits on the parts of outcomes do not limit their combinations.
  static let outcomeLimit = 50_000

  private let limits: Limits
  private let input: InputNames
  /// The outcomes whose names are in no set yet.
  private var first: FirstOutcomes
  private var fromDomains: Set<String> = []
  private var dkimDomains: Set<String> = []
  private var selectors: Set<String> = []
  private var envelopeDomains: Set<String> = []
  private var recipientDomains: Set<String> = []
  private var texts: Set<String> = []
  private var outcomes: Set<UInt64> = []
  /// The number of records affected by each kind.
  private var counts = [Int](repeating: 0, count: 8)
  /// The kinds that exceed the limit of the input rather than that of the report.
  private var inputIsFull: Kinds = []

  init(_ limits: Limits, input: InputNames) {
    self.limits = limits
    self.input = input
    first = FirstOutcomes(limits)
  }

  /// The outcome with names beyond the limits replaced.
  /// - Parameters:
  ///   - key: a hash of the outcome as reported.
  ///   - organisation: the policy domain; placeholders for its subdomains stay below it.
  mutating func bounded(
    _ outcome: AuthenticationOutcome, key: UInt64, organisation: DomainName?
  ) -> (outcome: AuthenticationOutcome, folded: Kinds) {
    if input.holdFirst(outcome, key: key), first.add(outcome, key: key) { return (outcome, []) }
    for earlier in first.close() { _ = counting(earlier.outcome, key: earlier.key, organisation: organisation) }
    return counting(outcome, key: key, organisation: organisation)
  }

  /// The same for an outcome whose names are counted, because they may exceed a limit.
  mutating func counting(
    _ outcome: AuthenticationOutcome, key: UInt64, organisation: DomainName?
  ) -> (outcome: AuthenticationOutcome, folded: Kinds) {
    var result = outcome
    var folded: Kinds = []
    func others(_ name: String) -> String {
      guard let organisation, DomainName(name)?.isEqualOrUnder(organisation) ?? false else {
        return "\(Self.placeholder).invalid"
      }
      return "\(Self.placeholder).\(organisation.name)"
    }
    if let from = result.headerFrom, !hold(from, in: \.fromDomains, limits.fromDomains, .fromDomain) {
      result.headerFrom = others(from)
      folded.insert(.fromDomain)
    }
    guard hold(outcome: key) else {
      (result.envelopeFrom, result.dkim, result.spf, result.reasons, result.extensionXML) = (nil, [], [], [], nil)
      return (result, folded.union(.outcome))
    }
    func bound(_ name: inout String?, in names: WritableKeyPath<Self, Set<String>>, _ kind: Kinds) {
      guard let text = name, !hold(text, in: names, limits.names, kind) else { return }
      name = kind == .selector ? Self.placeholder : kind == .text ? nil : others(text)
      folded.insert(kind)
    }
    bound(&result.envelopeFrom, in: \.envelopeDomains, .envelopeDomain)
    for index in result.dkim.indices {
      bound(&result.dkim[index].domain, in: \.dkimDomains, .dkimDomain)
      bound(&result.dkim[index].selector, in: \.selectors, .selector)
      bound(&result.dkim[index].humanResult, in: \.texts, .text)
    }
    for index in result.spf.indices {
      bound(&result.spf[index].domain, in: \.envelopeDomains, .envelopeDomain)
      bound(&result.spf[index].scope, in: \.texts, .text)
      bound(&result.spf[index].humanResult, in: \.texts, .text)
    }
    for index in result.reasons.indices { bound(&result.reasons[index].comment, in: \.texts, .text) }
    bound(&result.extensionXML, in: \.texts, .text)
    return (result, folded)
  }

  /// The recipient domain, or nil if it exceeds the limit.
  mutating func boundedRecipient(_ domain: String) -> String? {
    hold(domain, in: \.recipientDomains, limits.names, .recipientDomain) ? domain : nil
  }

  /// Whether a name is within the limits of both the report and its input.
  private mutating func hold(
    _ name: String, in names: WritableKeyPath<Self, Set<String>>, _ limit: Int, _ kind: Kinds
  ) -> Bool {
    if self[keyPath: names].contains(name) { return true }
    guard self[keyPath: names].count < limit else { return false }
    guard input.hold(name, kind) else {
      inputIsFull.insert(kind)
      return false
    }
    self[keyPath: names].insert(name)
    return true
  }

  private mutating func hold(outcome key: UInt64) -> Bool {
    if outcomes.contains(key) { return true }
    guard outcomes.count < Self.outcomeLimit else { return false }
    guard input.hold(outcome: key) else {
      inputIsFull.insert(.outcome)
      return false
    }
    outcomes.insert(key)
    return true
  }

  /// Counts a record in which a name was replaced.
  mutating func count(_ kinds: Kinds) {
    for bit in 0..<8 where kinds.rawValue & 1 << UInt8(bit) != 0 { counts[bit] += 1 }
  }

  /// One warning for each kind.
  var warnings: [ReportWarning] {
    (0..<8).compactMap { bit in
      guard counts[bit] > 0 else { return nil }
      let kind = Kinds(rawValue: 1 << UInt8(bit))
      let isInput = inputIsFull.contains(kind)
      let subject = isInput ? "the reports of this input together have" : "the report has"
      return ReportWarning(
        .namesFolded, "\(subject) \(text(kind, isInput: isInput)), in \(counts[bit]) records", limit: Self.limit(kind))
    }
  }

  /// The limit that raises the number of names of a kind; nil if none does.
  private static func limit(_ kind: Kinds) -> Limits.Code? {
    switch kind {
    case .fromDomain: .fromDomains
    case .outcome: nil
    case .dkimDomain, .selector, .envelopeDomain, .text, .recipientDomain: .names
    default: .addresses
    }
  }

  private func text(_ kind: Kinds, isInput: Bool) -> String {
    let names = isInput ? input.mostNames : limits.names
    switch kind {
    case .fromDomain:
      let most = isInput ? input.mostFromDomains : limits.fromDomains
      return "more than \(most) From domains: the rest is counted as \(Self.placeholder)"
    case .dkimDomain: return "more than \(names) DKIM domains: the rest is counted as \(Self.placeholder)"
    case .selector: return "more than \(names) selectors: the rest is counted as \(Self.placeholder)"
    case .envelopeDomain:
      return "more than \(names) SPF and envelope domains: the rest is counted as \(Self.placeholder)"
    case .text: return "more than \(names) different texts: the rest was left out"
    case .outcome:
      return
        "more than \(Self.outcomeLimit) different outcomes: of the rest only the verdict and the From domain were kept"
    case .recipientDomain: return "more than \(names) recipient domains: the rest was left out"
    default:
      return "more than \(limits.addresses) source addresses: the rest is counted by network"
    }
  }
}
