import Classification
import DMARC
import Store

/// A decision as a card.
struct DecisionCard {
  private let decision: Decision
  private let section: DomainReview
  private let wording: Wording
  private let level: Int

  init(_ decision: Decision, _ section: DomainReview, _ wording: Wording, level: Int) {
    (self.decision, self.section, self.wording, self.level) = (decision, section, wording, level)
  }

  var card: Page.Card {
    var facts: [(title: String, items: [String])] = []
    let evidence = (addresses.map { [$0] } ?? []) + decision.evidence + readinessEvidence
    if !evidence.isEmpty { facts.append((wording("decision.evidence"), evidence)) }
    if !decision.meaning.isEmpty {
      let against = decision.against.isEmpty ? [wording("decision.no-against")] : decision.against
      facts.append((wording("decision.against"), against))
    }
    let explain = decision.explain.map { [(wording("decision.explain"), "\($0)")] } ?? []
    return Page.Card(
      level: level, title: title, meaning: decision.meaning, facts: facts, adviceTitle: wording("decision.what"),
      advice: decision.advice,
      copies: decision.records.map { (wording("decision.record"), $0) }
        + decision.commands.map { (wording("decision.command"), $0) } + explain)
  }

  private var title: String {
    let messages = wording.messages(decision.messages)
    switch decision.subject {
    case .failing(let name, _): return wording("decision.failing", ["name": Wording.name(name), "messages": messages])
    case .unknown(let name, .campaign, _):
      return wording("decision.passing", ["name": Wording.name(name), "messages": messages])
    case .unknown(let name, _, _):
      return wording("decision.unknown", ["name": Wording.name(name), "messages": messages])
    case .key(let key):
      return wording(
        "decision.key",
        ["selector": Wording.name(key.selectorText), "domain": Wording.name(key.domain), "messages": messages])
    case .policy: return wording("decision.policy", ["domain": Wording.name(section.line.domain)])
    }
  }

  private var addresses: String? {
    switch decision.subject {
    case .failing(_, let count): wording.counted("decision.addresses", Int64(count))
    case .unknown(_, _, let count): wording.counted("decision.addresses", count)
    case .key, .policy: nil
    }
  }

  private var readinessEvidence: [String] {
    guard case .policy = decision.subject else { return [] }
    let readiness = section.readiness
    return [
      wording(
        "decision.ready-evidence",
        ["reporters": Wording.number(readiness.figures.reporters), "days": Wording.number(readiness.days)])
    ]
  }
}
