package import DMARC

/// Matters that nobody wants to be told about for some time.
package struct AlertMute: Sendable, Hashable {
  /// The rule, the policy domain with those below it, and the name of the sender; nil for any.
  package var rule: AlertRule?
  package var domain: DomainName?
  package var sender: String?
  /// The last day; nil for ever.
  package var until: CalendarDay?

  /// Creates a mute.
  package init(rule: AlertRule?, domain: DomainName?, sender: String?, until: CalendarDay?) {
    (self.rule, self.domain, self.sender, self.until) = (rule, domain, sender, until)
  }

  /// Whether it covers a matter on a day: all of its domains.
  package func covers(_ matter: Matter, on day: CalendarDay) -> Bool {
    if let until, until < day { return false }
    if let rule, rule != matter.rule { return false }
    if let sender, sender.lowercased() != matter.sender?.lowercased() { return false }
    guard let domain else { return true }
    let names = matter.domains.compactMap(DomainName.init)
    return !names.isEmpty && names.allSatisfy { $0.isEqualOrUnder(domain) }
  }
}
