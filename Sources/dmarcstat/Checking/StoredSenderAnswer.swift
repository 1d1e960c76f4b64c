import Classification
import DMARC
import Render
import Signatures
import Verdict

/// What the store knows about the sender of a message, for `check message`.
struct StoredSenderAnswer {
  /// Nil if no report is about the From domain.
  let sender: MessageSender?
  /// Sentence codes with their values.
  let reasons: [(code: String, values: [String: String])]

  init(_ question: MessageSender.Question, _ sender: MessageSender?, _ phrasebook: Phrasebook) {
    self.sender = sender
    reasons = sender?.reasons(question, phrasebook) ?? [("store-none", ["from": question.from.name])]
  }

  /// The facts for programs, null without a store.
  static func facts(_ answer: StoredSenderAnswer?) -> [(Column, Cell)] {
    let sender = answer?.sender
    let judgement = sender?.judgement
    return [
      (Column("known_sender", isDetail: true), Cell(sender?.knownSender)),
      (Column("reported_messages", isDetail: true), Cell(sender?.messages)),
      (Column("reported_passed", isDetail: true), Cell(sender?.passed)),
      (Column("reported_blocked", isDetail: true), Cell(sender?.blocked)),
      (Column("reported_until", isDetail: true), Cell(sender.map { "\($0.lastDay)" })),
      (
        Column("verdict", isDetail: true),
        Cell(judgement.map { "\($0.verdict.rawValue)/\($0.subtype.rawValue)" })
      ),
      (Column("confidence", isDetail: true), Cell(judgement?.confidence.rawValue)),
      (Column("advice", isDetail: true), Cell(sender?.advice)),
      (Column("declare", isDetail: true), Cell(sender?.declaration.map { "\($0)" })),
    ]
  }

  /// The keys of the message in the reports.
  static func keys(_ answer: StoredSenderAnswer?) -> ResultTable {
    ResultTable(
      [Column("domain"), Column("selector"), Column("messages"), Column("failed"), Column("last_day")],
      (answer?.sender?.keys ?? []).map { key in
        [
          .text(key.domain), .text(key.selector), .integer(key.messages), .integer(key.failed),
          Cell(key.lastDay.map { "\($0)" }),
        ]
      })
  }
}

extension MessageSender.Question {
  /// The question about a message, from the results of its receiver and our own verification.
  init(_ from: DomainName, _ header: MessageHeader, _ check: MessageCheck, _ verified: VerifiedMessage?) {
    let reported = check.dkim + [check.spf].compactMap(\.self)
    let valid = (verified?.signatures ?? []).filter { $0.outcome == .passes }
    var keys: [(domain: DomainName, selector: String)] = []
    let named =
      check.dkim.map { ($0.domain, $0.selector) } + (verified?.signatures ?? []).map { ($0.domain, $0.selector) }
    for case (let domain?, let selector?) in named where check.alignment(of: domain) != .none {
      if !keys.contains(where: { $0.domain == domain && $0.selector == selector }) { keys.append((domain, selector)) }
    }
    self.init(
      from: from, address: check.spfClient(header)?.address,
      passing: reported.filter { $0.result == "pass" }.compactMap(\.domain) + valid.compactMap(\.domain), keys: keys,
      passes: verified.map(\.passes) ?? check.messageCase?.passes)
  }
}
