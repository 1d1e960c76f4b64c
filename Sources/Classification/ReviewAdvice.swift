import DMARC
package import Store
package import Verdict

/// Composes the advice for rows and streams, with their own names and addresses.
package struct ReviewAdvice {
  private let context: ClassificationContext
  private let phrasebook: Phrasebook
  private let recordCache = ProposedRecordCache()
  private let known = KnownTexts()

  /// Advice that is the same for all sources, by what it depends on. A bounded number of texts is cached.
  private final class KnownTexts {
    struct Key: Hashable {
      var verdict: String
      var isFlagged: Bool
      var policyDomain: String
      var outcome: AuthenticationOutcome
    }

    var texts: [Key: String] = [:]
    static let most = 2_000
  }

  /// Creates the advice in the language of a phrasebook.
  package init(_ context: ClassificationContext, _ phrasebook: Phrasebook) {
    self.context = context
    self.phrasebook = phrasebook
  }

  /// The advice for an exported row; nil if it has no verdict.
  package func text(_ row: ExportRow) -> String? {
    guard let verdict = row.verdict, let subtype = row.subtype, let source = IPAddress(row.source) else {
      return nil
    }
    // What nobody can look up for each address is one matter: spoofing.
    let isSpoofing = row.addresses > 1 && verdict == Verdict.unknownUnauthenticated.rawValue
    let name = isSpoofing ? Verdict.Subtype.spoofSuspected.rawValue : subtype
    return text("\(verdict).\(name)", row.unknownIP, source, row.outcome, row.policyDomain, host: nil)
  }

  /// The advice for a flow.
  package func text(_ flow: StreamFlow) -> String {
    text(
      "\(flow.verdict).\(flow.subtype)", flow.isUnknownIP, flow.source, flow.outcome, flow.policyDomain, host: flow.host
    )
  }

  private func text(
    _ verdict: String, _ isFlagged: Bool, _ source: IPAddress, _ outcome: AuthenticationOutcome, _ policyDomain: String,
    host: String?
  ) -> String {
    let key = KnownTexts.Key(verdict: verdict, isFlagged: isFlagged, policyDomain: policyDomain, outcome: outcome)
    if let text = known.texts[key] { return text }
    var policy = PolicyPublished()
    policy.domain = policyDomain
    let aligned = AlignedOutcome(outcome, policy, context.ruleContext.organisations)
    let name = host.flatMap(DomainName.init)
    let facts = SourceFacts(
      fcrdnsName: name, hostOrganisation: name.map { context.ruleContext.organisations.domain(of: $0) ?? $0 })
    let flow = FlowFacts(source: source, outcome: aligned, messages: 0)
    let declared = context.declared(source, aligned, facts).0
    let advice = RuleEngine.advice(
      verdict, isFlagged: isFlagged, flow, source: facts, declared: declared, context: context.ruleContext,
      remembering: recordCache)
    let text = phrasebook.text(advice)
    if RuleEngine.isAboutOutcome(advice, verdict, phrasebook) {
      if known.texts.count >= KnownTexts.most { known.texts.removeAll(keepingCapacity: true) }
      known.texts[key] = text
    }
    return text
  }
}
