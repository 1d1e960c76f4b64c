import DMARC

/// The distinct names of one report, kind by kind, up to a limit each; what comes beyond it is counted under one name.
///
/// Every name costs for as long as the database lives, because verdicts rest on all mail of an organisation. So a report may not
/// bring as many as fit into a mail.
struct NameTable {
  /// What is bounded, as bits.
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

  /// Stands for the domains that are not told apart; no host name begins with an underscore.
  static let placeholder = "_others"
  /// Distinct outcomes of one report. The parts of outcomes are bounded one by one, but not their combinations.
  static let outcomeLimit = 50_000

  private let limits: Limits
  private var fromDomains: Set<String> = []
  private var dkimDomains: Set<String> = []
  private var selectors: Set<String> = []
  private var envelopeDomains: Set<String> = []
  private var recipientDomains: Set<String> = []
  private var texts: Set<String> = []
  private var outcomes: Set<UInt64> = []
  /// Records in which each kind was folded.
  private var counts = [Int](repeating: 0, count: 8)

  init(_ limits: Limits) { self.limits = limits }

  /// The outcome with the names that the table has room for.
  /// - Parameters:
  ///   - key: a hash of the outcome as reported.
  ///   - organisation: the policy domain, which names below it stay below.
  mutating func bounded(
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
    if let from = result.headerFrom, !Self.hold(from, in: &fromDomains, limits.fromDomains) {
      result.headerFrom = others(from)
      folded.insert(.fromDomain)
    }
    guard Self.hold(key, in: &outcomes, Self.outcomeLimit) else {
      (result.envelopeFrom, result.dkim, result.spf, result.reasons, result.extensionXML) = (nil, [], [], [], nil)
      return (result, folded.union(.outcome))
    }
    func bound(_ name: inout String?, in names: inout Set<String>, _ kind: Kinds) {
      guard let text = name, !Self.hold(text, in: &names, limits.names) else { return }
      name = kind == .selector ? Self.placeholder : kind == .text ? nil : others(text)
      folded.insert(kind)
    }
    bound(&result.envelopeFrom, in: &envelopeDomains, .envelopeDomain)
    for index in result.dkim.indices {
      bound(&result.dkim[index].domain, in: &dkimDomains, .dkimDomain)
      bound(&result.dkim[index].selector, in: &selectors, .selector)
      bound(&result.dkim[index].humanResult, in: &texts, .text)
    }
    for index in result.spf.indices {
      bound(&result.spf[index].domain, in: &envelopeDomains, .envelopeDomain)
      bound(&result.spf[index].scope, in: &texts, .text)
      bound(&result.spf[index].humanResult, in: &texts, .text)
    }
    for index in result.reasons.indices { bound(&result.reasons[index].comment, in: &texts, .text) }
    bound(&result.extensionXML, in: &texts, .text)
    return (result, folded)
  }

  /// The recipient domain, or nil if the table has no room for it.
  mutating func boundedRecipient(_ domain: String) -> String? {
    Self.hold(domain, in: &recipientDomains, limits.names) ? domain : nil
  }

  private static func hold<Element>(_ element: Element, in set: inout Set<Element>, _ limit: Int) -> Bool {
    if set.count < limit {
      set.insert(element)
      return true
    }
    return set.contains(element)
  }

  /// Counts a record in which something was folded.
  mutating func count(_ kinds: Kinds) {
    for bit in 0..<8 where kinds.rawValue & 1 << UInt8(bit) != 0 { counts[bit] += 1 }
  }

  /// One warning for each kind.
  var warnings: [ReportWarning] {
    let texts = [
      "more than \(limits.fromDomains) From domains: the rest is counted as \(Self.placeholder) (--max-from-domains)",
      "more than \(limits.names) DKIM domains: the rest is counted as \(Self.placeholder) (--max-names)",
      "more than \(limits.names) selectors: the rest is counted as \(Self.placeholder) (--max-names)",
      "more than \(limits.names) SPF and envelope domains: the rest is counted as \(Self.placeholder) (--max-names)",
      "more than \(limits.names) different texts: the rest was left out (--max-names)",
      "more than \(Self.outcomeLimit) different outcomes: of the rest only the verdict and the From domain were kept",
      "more than \(limits.names) recipient domains: the rest was left out (--max-names)",
      "more than \(limits.addresses) source addresses: the rest is counted by network (--max-addresses)",
    ]
    return zip(counts, texts).filter { $0.0 > 0 }.map { count, text in
      ReportWarning(.namesFolded, "the report has \(text), in \(count) records")
    }
  }
}
