import Classification
import DMARC
import Delivery
import Verdict

extension Alert {
  /// What is sent about a matter, in one language.
  init(_ told: ToldMatter, _ language: Language) {
    let matter = told.matter
    let text = matter.text(isEnd: told.isEnd, language)
    self.init(
      identifier: told.identifier, kind: matter.rule.rawValue,
      severity: Severity(rawValue: matter.severity.rawValue) ?? .medium,
      phase: told.isEnd ? .ended : .begun, domains: matter.domains, title: text.title, sentences: text.sentences,
      nextStep: told.isEnd ? nil : matter.nextStep, since: told.isEnd ? matter.endedOn : matter.since,
      messages: matter.messages)
  }
}
