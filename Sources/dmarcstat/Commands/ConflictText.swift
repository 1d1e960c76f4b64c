import DMARC
import Render
import Store

extension ReportConflict {
  /// Whether taking the other content loses nothing, and its sender is the stored one's.
  var isSafeToTake: Bool {
    comparison?.isSafeToTake == true && decision == nil && stored.organisation == other.organisation
      && (other.isAuthenticated || !stored.isAuthenticated)
  }

  /// The main facts.
  var facts: [(Column, Cell)] {
    [
      (Column("number"), .integer(number)), (Column("reporter"), .text(reporter)),
      (Column("report_id"), Cell(reportID)),
      (Column("policy_domain"), .text(policyDomain)), (Column("day"), .text("\(CalendarDay(epoch: begin))")),
      (Column("stored_rows"), .integer(stored.rows)), (Column("other_rows"), .integer(other.rows)),
      (Column("stored_messages"), .integer(stored.messages)), (Column("other_messages"), .integer(other.messages)),
      (Column("in_common"), .text(inCommon)), (Column("other_sender"), .text(Self.sender(other))),
      (Column("decision"), Cell(decision?.rawValue)), (Column("next_step"), Cell(nextStep)),
      (Column("relation"), Cell(comparison?.relation.rawValue)), (Column("report"), .integer(report)),
      (Column("begin"), Self.time(begin)), (Column("end"), Self.time(end)), (Column("seen_at"), Self.time(seenAt)),
      (Column("decided_at"), decidedAt.map(Self.time) ?? .null), (Column("stored_origin"), Cell(stored.origin)),
      (Column("other_origin"), Cell(other.origin)), (Column("stored_sender"), .text(Self.sender(stored))),
      (Column("stored_sender_standing"), Cell(stored.standing)),
      (Column("other_sender_standing"), Cell(other.standing)),
      (Column("stored_sha256"), .text(stored.sha256)), (Column("other_sha256"), .text(other.sha256)),
    ]
  }

  private static func time(_ epoch: Int64) -> Cell { Cell(epoch: epoch) }

  private static func sender(_ side: Side) -> String {
    guard let organisation = side.organisation else { return "unknown" }
    return side.isAuthenticated ? "\(organisation) (authenticated)" : organisation
  }

  private var inCommon: String {
    guard let comparison else { return decision == .both ? "both count" : "not kept, cannot be compared" }
    return switch comparison.relation {
    case .superset: "the other has all stored rows and \(comparison.onlyOther) more: superset"
    case .subset: "the stored one has all rows of the other and \(comparison.onlyStored) more: subset"
    case .disjoint: "no row in common: second part"
    case .equal: "the same rows, but one lacks other content"
    case .overlapping:
      "\(comparison.same) rows in both, \(comparison.onlyStored + comparison.onlyOther + comparison.changed) differ"
    }
  }

  private var nextStep: String? {
    guard decision == nil else { return "dmarcstat conflicts undo \(number)" }
    switch comparison?.relation {
    case .superset: return "dmarcstat conflicts take \(number)"
    case .subset, .equal: return "dmarcstat conflicts keep \(number)"
    case .disjoint: return "dmarcstat conflicts both \(number)"
    case .overlapping: return "dmarcstat conflicts show \(number)"
    case nil: return "dmarcstat ingest with a copy of its input"
    }
  }
}

extension ContentComparison.Line {
  var cells: [Cell] {
    let place =
      switch (stored, other) {
      case (_, nil): "stored"
      case (nil, _): "other"
      case (let one?, let two?): one == two ? "both" : "both, other count"
      }
    return [
      .text(place), Cell(source), Cell(headerFrom), Cell(stored), Cell(other), Cell(dkim), Cell(spf), Cell(disposition),
    ]
  }
}
