import DMARC
import Lookup
import Verdict

/// Builds flows for tests from the words of reports.
struct FlowBuilder {
  var outcome = AuthenticationOutcome()
  var policy = PolicyPublished()
  var source = IPAddress(v4: 0xcb00_7101)
  var sourceFacts = SourceFacts()
  var declared = OperatorFacts()
  var history = HistoryFacts()
  var messages: Int64 = 1

  static let suffixes = PublicSuffixList()
  static let organisations = Organisations { suffixes.organisation(of: $0) }
  static let context = RuleContext(organisations: organisations)

  init(dkim: AlignedResult, spf: AlignedResult, from: String = "example.com") {
    outcome.evaluatedDKIM = dkim
    outcome.evaluatedSPF = spf
    outcome.headerFrom = from
    policy.domain = "example.com"
  }

  func with(_ change: (inout FlowBuilder) -> Void) -> FlowBuilder {
    var copy = self
    change(&copy)
    return copy
  }

  func signed(_ domain: String, _ result: AuthResult, selector: String = "s1") -> FlowBuilder {
    with { $0.outcome.dkim.append(DKIMResult(domain: domain, selector: selector, result: result)) }
  }

  func sent(by domain: String, _ result: AuthResult, scope: String? = nil) -> FlowBuilder {
    with { $0.outcome.spf.append(SPFResult(domain: domain, scope: scope, result: result)) }
  }

  func because(_ type: OverrideType, _ comment: String? = nil) -> FlowBuilder {
    with { $0.outcome.reasons.append(OverrideReason(type: type, comment: comment)) }
  }

  func declared(_ kind: KnownSender.Kind) -> FlowBuilder {
    with { $0.declared = OperatorFacts(knownSender: KnownSender(name: "Declared", kind: kind)) }
  }

  func host(_ name: String) -> FlowBuilder {
    with {
      $0.sourceFacts.fcrdnsName = DomainName(name)
      $0.sourceFacts.hostOrganisation = DomainName(name).flatMap(Self.organisations.domain(of:))
    }
  }

  func known(_ selector: String = "example.com/s1", origins: Set<String> = ["example.com"], messages: Int64 = 5_000)
    -> FlowBuilder
  {
    with { $0.history.selectors[selector] = HistoryFacts.Selector(messages: messages, origins: origins) }
  }

  func seen(_ source: HistoryFacts.Source) -> FlowBuilder { with { $0.history.source = source } }

  func authorised(shared: Bool) -> FlowBuilder {
    with {
      $0.sourceFacts.spf = SPFAuthorisation(
        isAuthorised: true, isShared: shared, path: "example.com > _spf.example.net")
    }
  }

  func times(_ messages: Int64) -> FlowBuilder { with { $0.messages = messages } }

  var flow: FlowFacts {
    FlowFacts(source: source, outcome: AlignedOutcome(outcome, policy, Self.organisations), messages: messages)
  }

  var judgement: Judgement {
    RuleEngine.judge(flow, source: sourceFacts, declared: declared, history: history, context: Self.context)
  }

  /// `verdict/subtype confidence`, with `!` if the source needs review.
  var name: String {
    let found = judgement
    return "\(found.verdict.rawValue)/\(found.subtype) \(found.confidence.rawValue)\(found.isUnknownIP ? "!" : "")"
  }
}
