import Charts
import Classification
import DMARC
import Store

/// The part of a page about one domain.
struct DomainPart {
  private let page: ReviewPage
  private let section: DomainReview
  private let prefix: String
  private let level: Int

  /// - Parameters:
  ///   - prefix: the start of all ids, so that they are unique in the page.
  ///   - level: of its headings.
  init(_ page: ReviewPage, _ section: DomainReview, prefix: String, level: Int) {
    (self.page, self.section, self.prefix, self.level) = (page, section, prefix, level)
  }

  private var wording: Wording { page.wording }

  /// From the answer to the coverage.
  var blocks: [Page.Block] {
    let trend = TrendParts(page, section.trend, prefix: prefix)
    return [.paragraph(Answers(page.review, wording).of(section), style: .lead)]
      + [
        ("changes", ChangeParts(page, section.changes).blocks(withNotes: prefix.isEmpty)), ("decisions", decisions),
        ("daily", trend.daily), ("monthly", trend.monthly), ("senders", senders),
        ("readiness", ReadinessParts(page, section).blocks),
        ("coverage", CoverageParts(page, section.trend, section.reporters).blocks),
      ].map { name, blocks in
        .section(.init(id: prefix + name, level: level, title: wording("heading.\(name)"), blocks: blocks))
      }
  }

  private var decisions: [Page.Block] {
    let cards = section.decisions.map { decision in
      Page.Block.card(DecisionCard(decision, section, wording, level: level + 1).card)
    }
    let none: [Page.Block] = cards.isEmpty ? [.paragraph(wording("decide.none"))] : []
    return none + cards + settled.map { .paragraph($0, style: .note) }
  }

  private var settled: [String] {
    let settled = section.settled
    var sentences: [String] = []
    if settled.campaigns > 0 {
      sentences.append(
        wording.counted(
          "settled.campaigns", Int64(settled.campaigns),
          [
            "messages": wording.messages(settled.campaignMessages),
            "addresses": Wording.number(settled.campaignAddresses),
          ]))
    }
    if settled.others > 0 {
      sentences.append(
        wording.counted(
          "settled.others", Int64(settled.others), ["messages": wording.messages(settled.otherMessages)]))
    }
    return sentences
  }

  private var senders: [Page.Block] {
    [.paragraph(wording("senders.note"), style: .note)]
      + SenderClass.allCases.map { group in
        let senders = section.senders[group] ?? []
        let table = senders.isEmpty ? Page.Block.paragraph(wording("senders.none")) : .table(table(senders, group))
        return .section(
          .init(
            id: "\(prefix)senders-\(group.rawValue)", level: level + 1,
            title: wording("heading.senders.\(group.rawValue)"), blocks: [table]))
      }
  }

  private func table(_ senders: [SenderGroup], _ group: SenderClass) -> Page.Table {
    let (listed, rest) = parts(senders, group)
    var rows = listed.map { row($0, Wording.name($0.name), group) }
    if let first = rest.first {
      let sum = rest.dropFirst().reduce(first) { $0.adding($1) }
      rows.append(row(sum, wording.counted("senders.more", Int64(rest.count)), group))
    }
    let columns: [(String, Bool, Bool)] = [
      ("sender", false, false), ("messages", true, false), (group == .unknown ? "stopped" : "passed", true, false),
      ("addresses", true, true), ("days", false, true),
    ]
    return Page.Table(
      caption: wording("heading.senders.\(group.rawValue)"),
      columns: columns.map { .init(title: wording("column.\($0.0)"), isNumber: $0.1, isOptional: $0.2) }, rows: rows)
  }

  /// The senders that are listed, and the others. Lone addresses without a name, of which a campaign has thousands, are not listed if there
  /// are many senders.
  private func parts(
    _ senders: [SenderGroup], _ group: SenderClass
  ) -> (listed: ArraySlice<SenderGroup>, rest: [SenderGroup]) {
    guard senders.count > ReviewPage.mostRows else { return (senders[...], []) }
    func isLone(_ sender: SenderGroup) -> Bool {
      group == .unknown && sender.addresses == 1 && sender.name.contains("/")
    }
    let named = senders.filter { !isLone($0) }
    return (
      named.prefix(ReviewPage.mostRows), Array(named.dropFirst(ReviewPage.mostRows)) + senders.filter(isLone)
    )
  }

  private func row(_ sender: SenderGroup, _ name: String, _ group: SenderClass) -> [Page.Table.Cell] {
    let evaluated = sender.messages.subtractingClamped(sender.notEvaluated)
    let passed = evaluated > 0 ? Double(sender.passed) / Double(evaluated) : nil
    let share = group == .unknown ? Double(sender.blocked) / Double(max(sender.messages, 1)) : passed
    let days = sender.days.enumerated().map { index, sum in
      section.trend.reported.contains(index) || sum > 0 ? sum : nil
    }
    return [
      .init(name), .init(Wording.number(sender.messages)), .init(Wording.percent(share)),
      .init(Wording.number(Int64(sender.addresses))), .init(.init(days), cssClass: "s-\(group.rawValue)"),
    ]
  }
}

extension SenderGroup {
  /// The sums of both.
  fileprivate func adding(_ other: SenderGroup) -> SenderGroup {
    var sum = self
    sum.messages.addClamped(other.messages)
    sum.passed.addClamped(other.passed)
    sum.notEvaluated.addClamped(other.notEvaluated)
    sum.blocked.addClamped(other.blocked)
    sum.addresses += other.addresses
    sum.days = zip(days, other.days).map(+)
    return sum
  }
}
