import Classification
import DMARC
import Render
import Verdict

extension ResultTable {
  /// The table of `changes`.
  init(_ changes: [Change], _ phrasebook: Phrasebook) {
    self.init(
      [
        Column("severity"), Column("change"), Column("since"), Column("text", "WHAT CHANGED"),
        Column("subject", isDetail: true), Column("subject_kind", isDetail: true), Column("domains", isDetail: true),
        Column("noticed", isDetail: true), Column("messages", isDetail: true),
        Column("messages_before", isDetail: true), Column("pass_rate", isDetail: true),
        Column("pass_rate_before", isDetail: true), Column("causes", isDetail: true),
        Column("only_reporter", isDetail: true), Column("next_step", "NEXT STEP"), Column("record", isDetail: true),
      ], changes.map { Self.row($0, phrasebook) })
  }

  private static func row(_ change: Change, _ phrasebook: Phrasebook) -> [Cell] {
    [
      .text(change.severity.rawValue), .text(change.kind.rawValue), Cell(change.since.map { "\($0)" }),
      .text(change.text(phrasebook)), .text(change.name), .text(change.subjectKind), .list(change.domains),
      .text("\(change.noticed)"), Cell(change.messages), Cell(change.messagesBefore),
      change.shareSince.map(Cell.share) ?? .null, change.shareBefore.map(Cell.share) ?? .null,
      .json(causes(change), .other), Cell(change.onlyReporter), Cell(change.nextStep?.description),
      change.record.map { .json(record($0, change), .other) } ?? .null,
    ]
  }

  private static func record(_ record: RecordDifference, _ change: Change) -> String {
    var json = JSONText()
    json.object {
      $0.field("step", record.step.rawValue)
      $0.field("domain", record.domain)
      $0.field("selector", record.selector)
      $0.field("other", record.other)
      $0.field("lost", record.lost.joined(separator: " "))
      $0.field("gained", record.gained.joined(separator: " "))
      $0.field("last_before", record.lastBefore.map { "\($0)" })
      $0.field("reporters", record.reporters.map(Int64.init))
      $0.field("failed", change.consequence?.failed)
      $0.field("failed_dmarc", change.consequence?.rejected)
      $0.field("passed_before", change.consequence?.passedBefore)
    }
    return json.string
  }

  private static func causes(_ change: Change) -> String {
    var json = JSONText()
    json.array { list in
      for cause in change.causes {
        list.object {
          $0.field("cause", cause.kind.rawValue)
          $0.field("since", cause.since.map { "\($0)" })
          $0.field("sender", cause.sender?.name)
          $0.field("domain", cause.domain)
          $0.field("selector", cause.selector)
          $0.field("lost", cause.record.map { $0.lost.joined(separator: " ") })
          $0.field("gained", cause.record.map { $0.gained.joined(separator: " ") })
          $0.key("coincidence")
          $0.value(cause.isCoincidence)
        }
      }
    }
    return json.string
  }
}

extension Change {
  /// What the subject is known by.
  fileprivate var subjectKind: String {
    switch subject {
    case .sender(let identity): identity.basis.rawValue
    case .domain: "domain"
    case .key: "key"
    case .reporter: "reporter"
    }
  }
}
