import Classification
import DMARC
import Store

/// The answer of a review in three sentences: how many messages, what share passed, what must be decided.
struct Answers {
  private let review: Review
  private let wording: Wording

  init(_ review: Review, _ wording: Wording) { (self.review, self.wording) = (review, wording) }

  /// For all domains together.
  var ofAll: String {
    let total = review.total
    let concerned = review.lines.filter { $0.toDecide > 0 }
    let values = [
      "failing": wording.messages(total.classes[.failing] ?? 0), "unknown": wording.messages(total.toReview),
    ]
    let decide =
      concerned.isEmpty
      ? wording("decide-domains.none") : wording.counted("decide-domains", Int64(concerned.count), values)
    return wording.joined([received(total, domains: review.lines.count), passed(total), decide])
  }

  /// For one domain.
  func of(_ section: DomainReview) -> String {
    let count = section.decisions.count
    // A stricter policy concerns all mail of the domain, so its messages are not counted.
    let messages = section.decisions.reduce(Int64(0)) { sum, decision in
      if case .policy = decision.subject { return sum }
      return sum.addingClamped(decision.messages)
    }
    let values = ["messages": wording.messages(messages)]
    let decide = count == 0 ? wording("decide.none") : wording.counted("decide", Int64(count), values)
    return wording.joined([received(section.line, domains: 1), passed(section.line), decide])
  }

  private func received(_ line: DomainLine, domains: Int) -> String {
    let values = [
      "month": wording.month(review.days.first), "messages": wording.messages(line.now.messages),
      "domain": Wording.name(line.domain), "count": Wording.number(Int64(domains)),
    ]
    return wording((review.isOver ? "received" : "received-so-far") + (domains == 1 ? "" : "-many"), values)
  }

  private func passed(_ line: DomainLine) -> String {
    guard let rate = line.now.passRate else { return wording("passed.unknown") }
    var values = [
      "passed": Wording.number(line.now.passed),
      "messages": wording.messages(line.now.messages.subtractingClamped(line.now.notEvaluated)),
      "rate": Wording.percent(rate), "before": wording.month(review.days.first.advanced(by: -1).firstOfMonth),
    ]
    guard let change = line.change, let earlier = line.before.passRate else { return wording("passed.alone", values) }
    values["points"] = Wording.tenths(change)
    values["rate-before"] = Wording.percent(earlier)
    let code = values["points"] == "0.0" ? "same" : change > 0 ? "more" : "less"
    return wording("passed.\(code)", values)
  }
}
