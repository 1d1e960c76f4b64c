import DMARC
import Foundation
package import Store
package import Verdict

extension StoredMatter {
  /// The matter; nil if a newer version stored it in a form that this one does not know.
  package var matter: Matter? { try? JSONDecoder().decode(Matter.self, from: Data(detail.utf8)) }

  /// Creates what is stored of a matter.
  package init(_ matter: Matter, id: Int64?) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A value of texts and numbers can always be encoded.
    let detail = (try? encoder.encode(matter)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    self.init(
      id: id, rule: matter.rule.rawValue, subject: matter.subject, severity: matter.severity.rawValue,
      since: matter.since.number, ended: matter.storedEnd, begunTelling: matter.begun.telling.rawValue,
      endedTelling: matter.ended?.telling.rawValue, detail: detail)
  }
}

extension Matter {
  /// The day since which it is over: for what does not last, its own.
  fileprivate var storedEnd: Int64? { isOpen ? nil : (endedOn ?? since).number }
}

extension AlertMute {
  /// Creates a mute from a stored one; nil if this version does not know its rule.
  package init?(_ stored: StoredMute) {
    let rule = stored.rule.map { AlertRule(rawValue: $0) }
    if case .some(.none) = rule { return nil }
    self.init(
      rule: rule ?? nil, domain: stored.domain.flatMap(DomainName.init), sender: stored.sender,
      until: stored.until.map { CalendarDay(number: $0) })
  }
}
