import Classification
import Verdict

/// What changed, and why.
struct ChangeParts {
  private let page: ReviewPage
  private let changes: [Change]

  /// Changes that are told; the command tells all.
  private static let most = 20

  init(_ page: ReviewPage, _ changes: [Change]) { (self.page, self.changes) = (page, changes) }

  private var wording: Wording { page.wording }

  /// The changes, and what they rest on.
  /// - Parameter withNotes: whether to say which days were compared.
  func blocks(withNotes: Bool) -> [Page.Block] {
    let phrasebook = wording.phrasebook
    // Where nothing can be compared, that nothing changed is not known.
    let withNotes = withNotes || !(page.review.changes?.timeline.canCompare ?? false)
    let events = changes.prefix(Self.most).map { change in
      let sentences = change.sentences(phrasebook)
      return Page.Event(
        cssClass: "u-\(change.severity.rawValue)", urgency: wording("urgency.\(change.severity.rawValue)"),
        title: sentences.first ?? "", details: Array(sentences.dropFirst()),
        command: change.nextStep.map { "\($0)" })
    }
    var blocks: [Page.Block] = events.isEmpty ? [] : [.events(events)]
    if events.isEmpty, !withNotes { blocks.append(.paragraph(wording("changes.none"))) }
    if changes.count > events.count {
      blocks.append(
        .paragraph(wording.counted("changes.more", Int64(changes.count - events.count)), style: .note))
    }
    let notes = withNotes ? page.review.changes?.notes(phrasebook) ?? [wording("changes.none")] : []
    return blocks + notes.map { .paragraph($0, style: .note) }
  }
}
